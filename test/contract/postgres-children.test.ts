import { expect, test } from 'vitest';
import type { SqlDatabase } from '../../shared/postgres/sql.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { openReusedDatabase } from '../support/postgres.ts';
import { aClaim, claimed } from '../support/task-log-harness.ts';

const cancelled = { status: 'cancelled', report: Report.info('Cancelled') } as const;

/** A log, and the same over a database whose transactions are disturbed. */
async function setup(disturb: (commit: () => Promise<unknown>) => Promise<unknown>) {
  const database = await openReusedDatabase();
  const disturbed: SqlDatabase = {
    query: (statement) => database.query(statement),
    transaction: <Result>(work: Parameters<SqlDatabase['transaction']>[0]) =>
      disturb(() => database.transaction(work)) as Promise<Result>,
  };
  const options = { retentionDays: 30 };
  return {
    log: postgresTaskLog(database, options),
    disturbedLog: postgresTaskLog(disturbed, options),
  };
}

/** A parent that is to be cancelled, with a child that was recorded after that was asked for. */
async function lateChild(log: TaskLog) {
  const parent = aTask();
  const child = aTask({ parentId: parent.id });
  const claim = await claimed(log, parent);
  await log.openChildren(claim, [child.id]);
  await log.cancel(parent.id, { force: true });
  await log.recordEnqueued(child, 'priority');
  return { parent, child, claim };
}

test('whose worker died before the children knew: they learn of the cancellation with its message', async () => {
  const { log, disturbedLog } = await setup(async (commit) => {
    await commit();
    throw new Error('died');
  });
  const { parent, child, claim } = await lateChild(log);
  await expect(disturbedLog.finish(claim, cancelled)).rejects.toThrow('died');

  const answer = await log.claim(parent, aClaim());

  expect(answer).toEqual({ outcome: 'ended', status: 'cancelled' });
  expect(await log.getSummary(child.id)).toMatchObject({ status: 'cancelled' });
});

test('of an end that was stored twice, since the answer got lost, the children learn, too', async () => {
  const { log, disturbedLog } = await setup(async (commit) => {
    await commit();
    return commit();
  });
  const { child, claim } = await lateChild(log);

  expect(await disturbedLog.finish(claim, cancelled)).toBe(true);

  expect(await log.getSummary(child.id)).toMatchObject({ status: 'cancelled' });
});
