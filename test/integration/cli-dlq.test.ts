import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { decodeTask, encodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { aBroker } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { aCli } from '../support/cli.ts';
import { openDatabase } from '../support/postgres.ts';
import { claimed } from '../support/task-log-harness.ts';

const QUEUES = [
  ...['main', 'fast'].map((name) => ({ name, weight: 1, broker: aBroker() })),
  { name: 'sync', weight: 1, broker: { type: 'memory' } },
];
const NOW = { max: 10, waitSeconds: 0, leaseSeconds: 30 };
const failed = { status: 'failed', report: Report.error('The disk is full') } as const;

type Handled = {
  redriven: number;
  settled: number;
  purged: number;
  left: { id: string; why: string }[];
};

async function setup() {
  const cli = await aCli({ queues: QUEUES });
  const { brokers, deadLetters, log } = cli.wiring;
  const brokerOf = (queue: string) => {
    const [broker, dead] = [brokers.get(queue), deadLetters.get(queue)];
    if (!broker || !dead) throw new Error(`no queue ${queue}`);
    return { broker, dead };
  };

  /** As a worker does with a message that is no task. */
  const setAside = async (body: string, reason: string, queue = 'main'): Promise<string> => {
    const { broker } = brokerOf(queue);
    await broker.publish([{ body }]);
    const [delivery] = await broker.receive(NOW);
    if (!delivery) throw new Error('nothing was delivered');
    await broker.deadLetter(delivery, reason);
    await broker.ack([delivery]);
    return delivery.messageId;
  };

  /** As a worker does with a task that failed in all its attempts. */
  const deadTask = async (queue = 'main', changes: Partial<Task> = {}): Promise<Task> => {
    const parameters = { values: [1, 2] };
    const id = newTaskId();
    const task = aTask({ id, name: 'compute-statistics', parameters, ...changes });
    const claim = await claimed(log, task);
    await setAside(encodeTask(task), 'The disk is full', queue);
    await log.finish(claim, failed);
    return task;
  };

  /** As SQS does with a message that was received too often, and PostgreSQL with one that is too old. */
  const giveUp = async (task: Task): Promise<void> => {
    const { broker, dead } = brokerOf('main');
    const sent = [{ body: encodeTask(task) }];
    if (aBroker().type === 'sqs') {
      await dead.publish(sent);
      return;
    }
    await broker.publish(sent);
    const database = await openDatabase(cli.resources.databases?.['default']?.url);
    const text = "UPDATE task_queue.messages SET created_at = now() - interval '15 days'";
    await database.query({ text });
    expect(await broker.receive(NOW)).toEqual([]);
  };
  const countDead = async (queue: string): Promise<number> =>
    (await brokerOf(queue).dead.depth()).waiting;
  const sentTo = async (queue: string): Promise<string[]> =>
    (await brokerOf(queue).broker.receive(NOW)).map(({ body }) => decodeTask(body).id);
  return { ...cli, log, brokerOf, setAside, deadTask, giveUp, countDead, sentTo };
}

test('dlq list shows dead letters of all queues with what the log knows of them, and leaves them there', async () => {
  const { deadTask, setAside, giveUp, log, json, run, countDead } = await setup();
  const task = await deadTask('main');
  const messageId = await setAside('not a task', 'the message is not JSON', 'fast');
  await log.recordUndecodable({ messageId, sentAt: Date.now(), queue: 'fast', reason: 'no' });
  const givenUp = aTask({ id: newTaskId(), name: 'export-results' });
  await giveUp(givenUp);

  const { deadLetters } = await json<{ deadLetters: unknown[] }>('dlq', 'list');
  const text = await run(['dlq', 'list', '--queue', 'main', '--limit', '1']);

  expect(deadLetters).toHaveLength(3);
  expect(deadLetters).toContainEqual({
    id: task.id,
    messageId: expect.any(String),
    queue: 'main',
    name: 'compute-statistics',
    reason: 'The disk is full',
    diedAt: expect.any(String),
    recordId: task.id,
    status: 'failed',
    attempts: 1,
  });
  expect(deadLetters).toContainEqual(
    expect.objectContaining({ queue: 'fast', reason: 'the message is not JSON' }),
  );
  expect(deadLetters).toContainEqual(
    expect.objectContaining({
      id: givenUp.id,
      reason: expect.stringMatching(/^delivered too often|^it waited for 14 days/),
    }),
  );
  expect(text.code).toBe(0);
  expect(text.output.trim().split('\n')).toHaveLength(2);
  expect(text.errors).toContain('Shows 1 of about 2');
  expect([await countDead('main'), await countDead('fast')]).toEqual([2, 1]);
});

test('dlq show tells of one: its message, its reason, its record and its report', async () => {
  const { deadTask, setAside, json, run } = await setup();
  const task = await deadTask('fast', { owner: 'ann' });
  const original = await setAside('not a task', 'the message is not JSON');

  const shown = await json<{ deadLetters: { messageId: string }[] }>('dlq', 'show', task.id);
  const text = await run(['dlq', 'show', shown.deadLetters[0]?.messageId ?? '']);
  const all = await json<{ deadLetters: { id: string; queue: string }[] }>('dlq', 'list');
  const raw = all.deadLetters.find(({ queue }) => queue === 'main')?.id ?? '';
  const undecodable = await run(['dlq', 'show', raw]);
  const nothing = await run(['dlq', 'show', newTaskId()]);

  expect(shown).toMatchObject({
    deadLetters: [{ queue: 'fast', reason: 'The disk is full', task }],
    record: { id: task.id, status: 'failed', report: failed.report },
  });
  expect(text.output).toMatch(/reason +The disk is full/);
  expect(text.output).toContain('✘ The disk is full');
  expect(undecodable.output).toContain('not a task');
  expect(original).not.toBe(raw);
  expect(nothing.code).toBe(1);
  expect(nothing.errors).toContain('There is no dead letter');
});

test('dlq redrive runs tasks again under their own ids and removes their dead letters', async () => {
  const { deadTask, log, json, run, countDead, sentTo } = await setup();
  const [one, two, other] = [
    await deadTask('main'),
    await deadTask('main'),
    await deadTask('fast'),
  ];

  const byId = await json<Handled>('dlq', 'redrive', one.id);
  const text = await run(['dlq', 'redrive', '--all']);

  expect(byId).toEqual({ redriven: 1, settled: 0, purged: 0, left: [] });
  expect(text).toMatchObject({ code: 0, output: '2 redriven\n' });
  expect((await sentTo('main')).toSorted()).toEqual([one.id, two.id].toSorted());
  expect(await sentTo('fast')).toEqual([other.id]);
  expect([await countDead('main'), await countDead('fast')]).toEqual([0, 0]);
  expect(await log.countByStatus()).toEqual({ enqueued: 3 });
  expect(await claimed(log, one)).toMatchObject({ attempt: 1 });
});

test('dlq says of what it cannot see that somebody else has it, whatever it has done', async () => {
  const { deadTask, brokerOf, run } = await setup();
  await deadTask();
  await brokerOf('main').dead.receive({ ...NOW, leaseSeconds: 600 });

  const list = await run(['dlq', 'list']);
  await deadTask('fast');
  const redriven = await run(['dlq', 'redrive', '--all']);
  const one = await deadTask('main');
  const byId = await run(['dlq', 'redrive', one.id]);

  expect(list.output).toBe('All dead letters are hidden at the moment.\n');
  expect(list.errors).toContain('About 1 are hidden');
  expect(redriven.output).toBe('1 redriven\n');
  expect(redriven.errors).toContain('About 1 are hidden');
  expect(byId).toMatchObject({ code: 0, output: '1 redriven\n', errors: '' });
});

test('dlq redrive says what it left, and why, and exits with 1', async () => {
  const { deadTask, setAside, log, run, countDead } = await setup();
  const archived = await deadTask();
  await log.archive(archived.id);
  await setAside('not a task', 'the message is not JSON');

  const all = await run(['dlq', 'redrive', '--all', '--queue', 'main', '--json']);
  const unknown = await run(['dlq', 'redrive', newTaskId()]);
  const misspelt = await run(['dlq', 'redrive', '--name', 'compute-statistic']);

  expect(all.code).toBe(1);
  const { left } = JSON.parse(all.output) as Handled;
  expect(left.map(({ why }) => why).toSorted()).toEqual([
    'it is not a task: the message is not JSON',
    'its task was archived; purge the dead letter, or retry the task',
  ]);
  expect(unknown.code).toBe(1);
  expect(unknown.output).toContain('no dead letter has this id');
  expect(misspelt.code).toBe(2);
  expect(misspelt.errors).toContain('Did you mean "compute-statistics"?');
  expect(await countDead('main')).toBe(2);
});

test('dlq purge deletes for good what is meant, and only when told so', async () => {
  const { deadTask, setAside, log, run, json, countDead } = await setup();
  const task = await deadTask();
  await setAside('not a task', 'the message is not JSON');
  await deadTask('fast');

  const unasked = await run(['dlq', 'purge', '--all']);
  const one = await json<Handled>('dlq', 'purge', task.id, '--yes');
  const rest = await run(['dlq', 'purge', '--all', '--queue', 'main', '--yes']);

  expect(unasked.code).toBe(2);
  expect(unasked.errors).toContain('All dead letters will be deleted. Continue? Confirm with');
  expect(one).toMatchObject({ purged: 1, left: [] });
  expect(rest).toMatchObject({ code: 0, output: '1 deleted\n' });
  expect([await countDead('main'), await countDead('fast')]).toEqual([0, 1]);
  expect(await log.countByStatus()).toEqual({ failed: 2 });
});

test('dlq purge cancels a task whose only message the queue itself gave up', async () => {
  const { giveUp, log, json, countDead } = await setup();
  const task = aTask({ id: newTaskId(), name: 'export-results' });
  await log.recordEnqueued(task, 'main');
  await giveUp(task);

  expect(await json<Handled>('dlq', 'purge', task.id, '--yes')).toMatchObject({ purged: 1 });

  expect(await log.countByStatus()).toEqual({ cancelled: 1 });
  expect(await countDead('main')).toBe(0);
});

test('dlq says what is wrong with its options', async () => {
  const { run } = await setup();

  const none = await run(['dlq', 'redrive']);
  const both = await run(['dlq', 'purge', newTaskId(), '--all', '--yes']);
  const sync = await run(['dlq', 'list', '--queue', 'sync']);

  expect([none.code, both.code, sync.code]).toEqual([2, 2, 2]);
  expect(none.errors).toContain('Specify task ids, --name or --all.');
  expect(both.errors).toContain('not both');
  expect(sync.errors).toContain('Queue "sync" has no dead letters');
});
