import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { loadConfig } from '../../shared/config/config-file.ts';
import { ConfigInvalidError, type FieldProblem } from '../../shared/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MAIN = { name: 'main', weight: 1, broker: { type: 'sqs' } };
const ON_SQL = { type: 'postgres', persistence: 'default' };

/** The error that an action must end with. */
function refusalOf(action: () => unknown): ConfigInvalidError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error;
  }
  throw new Error('it was not refused');
}

const problemsOf = (raw: unknown): readonly FieldProblem[] =>
  refusalOf(() => parseConfig(raw, 'of a test')).problems;

test('a configuration of one queue is enough, the rest has defaults', () => {
  expect(parseConfig({ queues: [MAIN] }, 'of a test')).toEqual({
    queues: [{ name: 'main', weight: 1, tier: 0, broker: { type: 'sqs', receive: 10 } }],
    taskQueues: {},
    strategy: 'weighted',
    taskLog: { type: 'dynamodb', retentionDays: 30 },
    worker: {
      lanes: true,
      concurrency: 10,
      visibilityTimeoutSeconds: 60,
      shutdownGraceSeconds: 90,
      pollWaitSeconds: 20,
      bufferSeconds: 5,
    },
    auth: { type: 'iam', admins: [] },
    api: { throttle: { ratePerSecond: 500, burst: 1000 } },
  });
});

test('the configuration of this repository is valid', () => {
  const { queues, defaultQueue } = loadConfig('task-queue.config.json');

  expect(queues.map(({ name, weight }) => [name, weight])).toEqual([
    ['priority', 90],
    ['standard', 30],
    ['background', 10],
  ]);
  expect(defaultQueue).toBe('background');
});

test.each([
  ['no queue', { queues: [] }, 'queues', 'at least one queue is needed'],
  ['two queues of one name', { queues: [MAIN, MAIN] }, 'queues[1].name', '"main"'],
  [
    'a default queue that is not registered',
    { queues: [MAIN, { ...MAIN, name: 'slow' }], defaultQueue: 'fast' },
    'defaultQueue',
    '"fast" is not registered; registered queues: main, slow',
  ],
  [
    'an association with a queue that is not registered',
    { queues: [MAIN], taskQueues: { 'export-results': 'fast' } },
    'taskQueues.export-results',
    '"fast" is not registered; registered queues: main',
  ],
  ['a weight of 0', { queues: [{ ...MAIN, weight: 0 }] }, 'queues[0].weight', '>=1'],
  [
    'a weight over 10,000',
    { queues: [{ ...MAIN, weight: 10_001 }] },
    'queues[0].weight',
    '<=10000',
  ],
  ['half a weight', { queues: [{ ...MAIN, weight: 0.5 }] }, 'queues[0].weight', 'int'],
  [
    'more than SQS hands out at once',
    { queues: [{ ...MAIN, broker: { type: 'sqs', receive: 11 } }] },
    'queues[0].broker.receive',
    '<=10',
  ],
  [
    'more than PostgreSQL hands out at once',
    { queues: [{ ...MAIN, broker: { ...ON_SQL, receive: 501 } }] },
    'queues[0].broker.receive',
    '<=500',
  ],
  [
    'a queue on PostgreSQL that does not say in which database',
    { queues: [{ ...MAIN, broker: { type: 'postgres' } }] },
    'queues[0].broker.persistence',
    'expected string',
  ],
  [
    'a broker that does not exist',
    { queues: [{ ...MAIN, broker: { type: 'kafka' } }] },
    'queues[0].broker.type',
    'sqs, postgres, memory',
  ],
  [
    'a queue without a broker',
    { queues: [{ name: 'main', weight: 1 }] },
    'queues[0].broker',
    'sqs, postgres, memory',
  ],
  [
    'a strategy that does not exist',
    { queues: [MAIN], strategy: 'random' },
    'strategy',
    '"weighted"|"weighted-time"|"weighted-random"|"strict-priority"',
  ],
  [
    'a queue name that cannot name an SQS queue',
    { queues: [{ ...MAIN, name: 'über/all' }] },
    'queues[0].name',
    'letters, digits',
  ],
  [
    'an unknown key at the top',
    { queues: [MAIN], defaultQueues: 'main' },
    '',
    'unknown "defaultQueues"; accepted: $schema, queues, defaultQueue, taskQueues, strategy',
  ],
  [
    'an unknown key of a broker',
    { queues: [{ ...MAIN, broker: { type: 'sqs', prefetch: 5 } }] },
    'queues[0].broker',
    'unknown "prefetch"; accepted: type, receive',
  ],
  [
    'a grace period longer than Fargate allows',
    { queues: [MAIN], worker: { shutdownGraceSeconds: 120 } },
    'worker.shutdownGraceSeconds',
    '<=110',
  ],
  ['something else than an object', 'main', '', 'expected object'],
])('refuses %s, saying where and what would be accepted', (_case, raw, path, message) => {
  expect(problemsOf(raw)).toEqual([{ path, message: expect.stringContaining(message) }]);
});

test.each([
  ['DynamoDB', { mode: 'economy' }],
  ['DynamoDB, in its default', { mode: 'full' }],
  ['PostgreSQL', { type: 'rds', persistence: 'main', mode: 'full' }],
])(
  'refuses the mode of a task log that earlier versions had on %s, and says what to do',
  (_case, taskLog) => {
    const message = expect.stringMatching(/^mode was removed in version 0.2.0, .* Remove the key/);
    expect(problemsOf({ queues: [MAIN], taskLog })).toEqual([{ path: 'taskLog', message }]);
  },
);

test('reports every problem at once, in the message too, under the name of its source', () => {
  const raw = {
    queues: [
      { ...MAIN, weight: -1 },
      { ...MAIN, broker: { type: 'kafka' } },
    ],
    defaultQueue: 'fast',
    taskQueues: { 'export-results': 'faster' },
    strategy: 'random',
  };

  const { message, problems } = refusalOf(() => parseConfig(raw, 'queues.json'));

  const paths = problems.map(({ path }) => path);
  expect(paths.toSorted()).toEqual([
    'defaultQueue',
    'queues[0].weight',
    'queues[1].broker.type',
    'queues[1].name',
    'strategy',
    'taskQueues.export-results',
  ]);
  expect(message).toContain('The configuration queues.json is invalid');
  for (const path of paths) expect(message).toContain(`\n  - ${path}: `);
});

test.each([
  ['is missing', 'missing.json', undefined, 'the file cannot be read'],
  ['is not JSON', 'broken.json', '{ "queues": [', 'the file is not JSON: '],
  ['is invalid', 'invalid.json', '{ "queues": [] }', 'at least one queue is needed'],
])('a file that %s is refused under its path', (_case, name, content, reason) => {
  const path = join(folder, name);
  if (content !== undefined) writeFileSync(path, content);

  const { message } = refusalOf(() => loadConfig(path));

  expect(message).toContain(path);
  expect(message).toContain(reason);
});
