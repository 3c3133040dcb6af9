import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { decodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { aBroker } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { logAnHourAgo } from '../support/an-hour-ago.ts';
import { aCli } from '../support/cli.ts';
import { claimed } from '../support/task-log-harness.ts';

const QUEUES = ['main', 'fast'].map((name) => ({ name, weight: 1, broker: aBroker() }));
const statistics = (changes: Partial<Task> = {}): Task =>
  aTask({ id: newTaskId(), name: 'compute-statistics', parameters: { values: [1] }, ...changes });

async function setup(configured: Record<string, unknown> = {}) {
  const cli = await aCli({ queues: QUEUES, ...configured });
  const past = logAnHourAgo(cli);
  const sentTo = async (queue: string): Promise<string[]> => {
    const now = { max: 10, waitSeconds: 0, leaseSeconds: 30 };
    const deliveries = (await cli.wiring.brokers.get(queue)?.receive(now)) ?? [];
    return deliveries.map(({ body }) => decodeTask(body).id).toSorted();
  };
  return { ...cli, past, sentTo };
}

test('stuck summary lists tasks whose message is lost, their queue and their age', async () => {
  const { past, wiring, json, run } = await setup();
  const [old, fast, young] = [statistics(), statistics(), statistics()];
  await past.recordEnqueued(old, 'main');
  await past.recordEnqueued(fast, 'fast');
  await past.recordEnqueued(statistics(), 'fast', 7200);
  await wiring.log.recordEnqueued(young, 'main');

  const { total, groups } = await json<{ total: number; groups: unknown[] }>('stuck', 'summary');
  const text = await run(['stuck', 'summary', '--queue', 'main', '--age', '60']);

  expect(total).toBe(2);
  expect(groups).toContainEqual({
    name: 'compute-statistics',
    queue: 'fast',
    status: 'enqueued',
    tasks: 1,
    waitingSince: (await wiring.log.getSummary(fast.id))?.updatedAt,
  });
  expect(text.code).toBe(0);
  expect(text.output).toMatch(/compute-statistics +main +enqueued +1 +\d{4}-/);
  expect(text.output).toContain('Total: 1');
  expect(text.errors).toContain('--age 60 is below the minimum: 180');
});

test('stuck restart sends them again under their ids, and prints total, restarted and errors', async () => {
  const { past, run, sentTo } = await setup();
  const [one, other, lost] = [
    statistics({ owner: 'ann' }),
    statistics({ name: 'export-results', parameters: {} }),
    statistics({ parameters: null, parametersAt: 'payloads/gone' }),
  ];
  await past.recordEnqueued(one, 'main');
  await past.recordEnqueued(other, 'main');
  await past.recordEnqueued(lost, 'fast');
  const args = ['stuck', 'restart', '--whitelist', 'compute-statistics'];

  const dry = await run([...args, '--dry-run']);
  const first = await run(args);
  const second = await run([...args, '--queue', 'main']);

  expect(dry).toMatchObject({ code: 0 });
  expect(dry.errors).toContain('Nothing was requeued');
  expect(first.code).toBe(1);
  expect(first.output).toContain('Total: 2, restarted: 1, errors: 1');
  expect(first.output).toMatch(new RegExp(`${lost.id} +its parameters are not in the file store`));
  expect(second).toMatchObject({ code: 0, output: 'Total: 0, restarted: 0, errors: 0\n' });
  expect(await sentTo('main')).toEqual([one.id]);
  expect(await sentTo('fast')).toEqual([]);
});

test('stuck restart --statuses running restarts what died with its worker, once its lease is over', async () => {
  const { past, wiring, json, sentTo } = await setup();
  const [dead, alive] = [statistics(), statistics()];
  await claimed(past, dead);
  await past.recordEnqueued(alive, 'main');
  await claimed(wiring.log, alive);

  const result = await json(
    ...['stuck', 'restart', '--whitelist', 'compute-statistics,export-results'],
    ...['--statuses', 'running', '--limit', '5'],
  );

  expect(result).toEqual({ total: 1, restarted: 1, movedOn: 0, errors: [] });
  // Claimed from a queue that is not configured here.
  expect([...(await sentTo('main')), ...(await sentTo('fast'))]).toEqual([dead.id]);
});

test('stuck restart runs the task of a sync queue here and now', async () => {
  const { past, wiring, json } = await setup({
    queues: [{ name: 'main', weight: 1, broker: { type: 'memory' } }],
  });
  const task = statistics();
  await past.recordEnqueued(task, 'main');

  await json('stuck', 'restart', '--whitelist', 'compute-statistics');

  expect(await wiring.log.getSummary(task.id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('stuck restart needs names, and says all that is wrong with its options', async () => {
  const { run } = await setup();

  const nameless = await run(['stuck', 'restart']);
  const misspelt = await run([
    ...['stuck', 'restart', '--whitelist', 'compute-statistic,xyz'],
    ...['--queue', 'fasst'],
  ]);
  const status = await run(['stuck', 'summary', '--statuses', 'completed']);

  expect(nameless.code).toBe(2);
  expect(nameless.errors).toContain("required option '--whitelist <names>' not specified");
  expect(misspelt.code).toBe(2);
  expect(misspelt.errors).toContain('Did you mean "compute-statistics"?');
  expect(misspelt.errors).toContain('"xyz" is not a task. Accepted: ');
  expect(misspelt.errors).toContain('"fasst" is not a queue. Did you mean "fast"?');
  expect(status.code).toBe(2);
  expect(status.errors).toContain('Accepted: enqueued');
});
