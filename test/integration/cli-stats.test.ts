import { expect, test } from 'vitest';
import { tableOf } from '../../shared/deployment/resources.ts';
import { newTaskId } from '../../shared/ids.ts';
import type { TaskStatus } from '../../shared/task-log/status.ts';
import { aTask } from '../support/a-task.ts';
import { aCli } from '../support/cli.ts';
import { statsStoreOf } from '../support/stats-store.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const ON_SQL = { taskLog: { type: 'postgres', persistence: 'default' } };

/** Counts a task of each status, as the consumer of the stream does. The first is ann's, the others ben's. */
async function countOn(
  { resources }: Pick<Awaited<ReturnType<typeof aCli>>, 'resources'>,
  statuses: readonly TaskStatus[],
): Promise<void> {
  const changes = statuses.map((status, sequence) => ({
    taskId: newTaskId(),
    owner: sequence === 0 ? 'ann' : 'ben',
    sequenceNumber: String(sequence + 1),
    from: undefined,
    to: { queue: 'main', status },
  }));
  await statsStoreOf(tableOf(resources)).apply('shard-1', changes);
}

test('shows the counters by queue and status, of everybody or of one owner', async () => {
  const cli = await aCli();
  await countOn(cli, ['completed', 'completed']);

  const all = await cli.run(['stats']);
  const anns = await cli.json('stats', '--owner', 'ann');

  expect(all).toMatchObject({
    code: 0,
    output: 'queue  completed\nmain           2\nall            2\n',
  });
  expect(all.errors).toContain('From the counters');
  expect(anns).toMatchObject({ numberOfTasksCompleted: 1, byQueue: { main: { completed: 1 } } });
});

test('log --stats counts over all owners, from the counters', async () => {
  const cli = await aCli();
  await countOn(cli, ['completed', 'completed', 'failed', 'running', 'archived']);

  const { code, output } = await cli.run(['log', '--stats']);

  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual({
    numberOfTasksCompleted: 2,
    numberOfTasksFailed: 1,
    numberOfTasksInProgress: 1,
  });
});

test.each([
  ['DynamoDB', {}],
  ['PostgreSQL', ON_SQL],
])('--recount reads the log itself, on %s', async (_place, changes) => {
  const cli = await aCli(changes);
  for (const owner of ['ann', 'ann', 'ben']) {
    await cli.wiring.log.recordEnqueued(aTask({ owner }), 'slow');
  }

  const { output, errors } = await cli.run(['stats', '--recount', '--owner', 'ann', '--json']);

  expect(JSON.parse(output)).toMatchObject({ byQueue: { slow: { enqueued: 2 } } });
  expect(errors).toMatch(/^\d+ records were read\.\n$/);
});

test('on PostgreSQL the numbers are counted when asked: never behind, and with nothing to repair', async () => {
  const cli = await aCli(ON_SQL);
  const { log } = cli.wiring;
  await log.finish(await claimed(log, aTask({ owner: 'ann' })), done);
  await log.recordEnqueued(aTask({ owner: 'ben' }), 'main');

  const all = await cli.run(['stats']);
  const anns = await cli.json('stats', '--owner', 'ann');
  const old = await cli.run(['log', '--stats']);
  const repaired = await cli.run(['stats', 'repair']);
  const asJson = await cli.json('stats', 'repair', '--dry-run');

  expect(all).toMatchObject({ code: 0, errors: 'Counted now, from the task log.\n' });
  expect(all.output).toMatch(/^all +1 +1$/m);
  expect(anns).toMatchObject({ numberOfTasksCompleted: 1, numberOfTasksInProgress: 0 });
  expect(JSON.parse(old.output)).toMatchObject({ numberOfTasksCompleted: 1 });
  expect(repaired).toEqual({
    code: 0,
    output:
      'Nothing to repair: with a task log on PostgreSQL, the statistics are counted on request.\n',
    errors: '',
  });
  expect(asJson).toEqual({ tasks: 0, corrected: false, differences: [] });
});
