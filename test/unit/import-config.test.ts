import { expect, test } from 'vitest';
import { importConfig } from '../../shared/tao/import-config.ts';
import type { TaskCategory } from '../../shared/task/task-definition.ts';

const known = new Map<string, TaskCategory>([
  ['import-results', 'import'],
  ['export-results', 'export'],
]);
const read = (raw: unknown, renamed: Record<string, string> = {}) =>
  importConfig(raw, { known, renamed: new Map(Object.entries(renamed)) });
const queuesOf = (broker: unknown) => read({ queues: [{ name: 'a', weight: 2, broker }] });

test.each([
  ['sqs', { type: 'sqs', receive: 1 }],
  ['SqsQueueBroker', { type: 'sqs', receive: 1 }],
  ['oat\\taoTaskQueue\\model\\QueueBroker\\SqsQueueBroker', { type: 'sqs', receive: 1 }],
  [
    { class: 'SqsQueueBroker', receive: '10' },
    { type: 'sqs', receive: 10 },
  ],
  [
    { type: 'sqs', options: { receiveTasks: 5 } },
    { type: 'sqs', receive: 5 },
  ],
  [
    { broker: 'sqs', num_of_tasks_to_receive: -3 },
    { type: 'sqs', receive: 3 },
  ],
  [
    { class: '\\oat\\tao\\model\\taskQueue\\Queue\\Broker\\InMemoryQueueBroker' },
    { type: 'memory' },
  ],
])('the broker %j is understood', (broker, expected) => {
  const { settings, problems } = queuesOf(broker);

  expect(problems).toEqual([]);
  expect(settings.queues).toEqual([{ name: 'a', weight: 2, broker: expected }]);
});

test.each([
  ['by the ids of the services', { 'tao/taskQueue': {}, 'tao/taskLog': {} }],
  ['by their older ids', { 'taoTaskQueue/taskQueue': {}, 'taoTaskQueue/taskLog': {} }],
])('settings %s are understood', (_case, shape) => {
  const [dispatcherId = '', logId = ''] = Object.keys(shape);

  const { settings, problems, remarks } = read({
    [dispatcherId]: {
      class: 'oat\\tao\\model\\taskQueue\\QueueDispatcher',
      options: {
        queues: [{ name: 'a', broker: 'sqs' }],
        default_queue: 'a',
        task_to_queue_associations: { 'oat\\x\\ImportResults': 'a' },
        task_selector_strategy: { class: 'oat\\x\\StrictPriorityStrategy' },
      },
    },
    [logId]: { options: { task_to_category_associations: { 'oat\\x\\ImportResults': 'import' } } },
  });

  expect(problems).toEqual([]);
  expect(remarks).toEqual([]);
  expect(settings).toEqual({
    queues: [{ name: 'a', weight: 1, broker: { type: 'sqs', receive: 1 } }],
    defaultQueue: 'a',
    taskQueues: { 'import-results': 'a' },
    strategy: 'strict-priority',
  });
});

test('a task goes by what somebody said, by its name, or by that of its class; others are left out', () => {
  const { settings, remarks } = read(
    {
      queues: [{ name: 'a', broker: 'sqs' }],
      strategy: 'StrictPriorityStrategy',
      linked_tasks: {
        'oat\\x\\ExportDeliveryResults': 'a',
        'import-results': 'a',
        'oat\\x\\Unknown': 'a',
      },
    },
    { 'oat\\x\\ExportDeliveryResults': 'export-results' },
  );

  expect(settings.taskQueues).toEqual({ 'export-results': 'a', 'import-results': 'a' });
  expect(remarks).toEqual([
    {
      path: 'linked_tasks.oat\\x\\Unknown',
      message: expect.stringContaining("--task 'oat\\x\\Unknown=…'"),
    },
  ]);
});

test('everything without a counterpart is remarked on, where it is', () => {
  const { problems, remarks } = read({
    queues: [
      {
        name: 'a',
        broker: {
          class: 'SqsQueueBroker',
          profile: 'default',
          cache: 'generis/cache',
          receive: 25,
        },
      },
    ],
    task_log: 'tao/taskLog',
    task_selector_strategy: 'WeightStrategy',
    task_to_category_associations: { 'import-results': 'export' },
    task_ui_ignore_list: ['x'],
  });

  expect(problems).toEqual([]);
  expect(remarks.map(({ path }) => path).sort()).toEqual([
    'queues[0].broker.cache',
    'queues[0].broker.profile',
    'queues[0].broker.receive',
    'task_log',
    'task_selector_strategy',
    'task_to_category_associations.import-results',
    'task_ui_ignore_list',
  ]);
});

test('one error lists every problem', () => {
  const { problems } = read({
    queues: [{ weight: 3, broker: 'NewSqlQueueBroker' }, 'not a queue'],
    task_to_queue_associations: 'none',
    task_selector_strategy: 'FifoStrategy',
    task_to_category_associations: { 'import-results': 'game' },
  });

  expect(problems.map(({ path }) => path)).toEqual([
    'queues[0].name',
    'queues[0].broker',
    'queues[1]',
    'task_to_category_associations.import-results',
    'task_to_queue_associations',
    'task_selector_strategy',
  ]);
});

test.each([[null], ['text'], [[]], [{ 'tao/taskLog': {} }]])(
  '%j is no settings, and says so',
  (raw) => {
    expect(read(raw).problems).not.toEqual([]);
  },
);

test('PHP’s empty array is an empty map', () => {
  const { problems, settings } = read({
    queues: [{ name: 'a', broker: 'sqs' }],
    task_to_queue_associations: [],
  });

  expect(problems).toEqual([]);
  expect(settings.taskQueues).toEqual({});
});

test('rds, in the settings of TAO, means postgres', () => {
  const read = (broker: unknown) =>
    importConfig(
      { queues: [{ name: 'a', weight: 2, broker }] },
      { known: new Map(), renamed: new Map() },
    ).settings.queues[0]?.broker;
  const expected = { type: 'postgres', persistence: 'default', receive: 1 };

  expect(read({ class: 'RdsQueueBroker', persistence: 'default' })).toEqual(expected);
  expect(read({ type: 'rds', persistence: 'default' })).toEqual(expected);
});
