import { describe, expect, test } from 'vitest';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { PostgresStatsReader, removeExpired } from '../../shared/postgres/stores.ts';
import { PostgresRedelivery } from '../../shared/postgres/task-log/redelivery.ts';

import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openReusedDatabase } from '../support/postgres.ts';
import { aClaim, claimed, done } from '../support/task-log-harness.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

async function setup() {
  const database = await openReusedDatabase();
  const clock = new ManualClock();
  const files = new MemoryFileStore();
  const options = { retentionDays: 30, clock, files };
  const log = postgresTaskLog(database, options);
  return { database, clock, files, log, redelivery: new PostgresRedelivery(database, options) };
}

describe('PostgresTaskLog', () => {
  describeTaskLogContract(setup);

  test('keeps parameters, labels and reports with any character that JSON has', async () => {
    const { log } = await setup();
    const nasty = '\u0000 \ud800 \uffff \u{1f600} " \\ \n';
    const task = aTask({ parameters: { nasty }, label: 'naïve 😀' });

    await log.finish(await claimed(log, task), {
      status: 'completed',
      report: { type: 'success', message: nasty, children: [] },
    });

    expect(await log.get(task.id)).toMatchObject({
      parameters: { nasty },
      label: 'naïve 😀',
      report: { message: nasty },
    });
  });

  test('of many last children that end at the same moment, one ends their parent', async () => {
    const { log } = await setup();
    const parent = aTask();
    const claim = await claimed(log, parent);
    const children = Array.from({ length: 40 }, () => aTask({ parentId: parent.id }));
    await log.openChildren(
      claim,
      children.map(({ id }) => id),
    );
    const claims = await Promise.all(children.map((child) => claimed(log, child)));

    await Promise.all([
      log.finish(claim, { ...done, status: 'child_running' }),
      ...claims.map((ofChild) => log.finish(ofChild, done)),
    ]);

    expect(await log.getSummary(parent.id)).toMatchObject({ status: 'completed' });
  });

  test('children that end while their parent is cancelled neither hang nor bring it back', async () => {
    const { log } = await setup();
    const parent = aTask();
    const claim = await claimed(log, parent);
    const children = Array.from({ length: 20 }, () => aTask({ parentId: parent.id }));
    await log.openChildren(
      claim,
      children.map(({ id }) => id),
    );
    const claims = await Promise.all(children.map((child) => claimed(log, child)));
    await log.finish(claim, { ...done, status: 'child_running' });

    await Promise.all([
      log.cancel(parent.id, { force: true }),
      ...claims.map((ofChild) => log.finish(ofChild, done)),
    ]);

    const { status = 'unknown' } = (await log.getSummary(parent.id)) ?? {};
    expect(['cancelled', 'completed']).toContain(status);
    expect(await log.countByStatus()).toEqual(
      status === 'cancelled' ? { cancelled: 1, completed: 20 } : { completed: 21 },
    );
  });

  test('removes what is kept no longer, and nothing else', async () => {
    const { log, database, clock } = await setup();
    const [ended, waiting] = [aTask(), aTask()];
    await log.finish(await claimed(log, ended), done);
    clock.advance(20 * 86_400);
    await log.recordEnqueued(waiting, 'priority');
    clock.advance(11 * 86_400);

    const removed = await removeExpired(database, clock.now());

    expect(removed).toBe(1);
    expect(await log.getSummary(ended.id)).toBeUndefined();
    expect(await log.getSummary(waiting.id)).toBeDefined();
  });

  test('keeps a parent that waits until its last child has ended, however late that is', async () => {
    const { log, database, clock } = await setup();
    const parent = aTask();
    const child = aTask({ parentId: parent.id });
    const claim = await claimed(log, parent);
    await log.openChildren(claim, [child.id]);
    await log.finish(claim, { ...done, status: 'child_running' });
    clock.advance(29 * 86_400);
    const ofChild = await claimed(log, child);
    clock.advance(29 * 86_400);

    await removeExpired(database, clock.now());
    await log.finish(ofChild, done);

    expect(await log.getSummary(parent.id)).toMatchObject({ status: 'completed' });
  });

  test('counts by queue and status for one owner, and for everybody', async () => {
    const { log, database } = await setup();
    const stats = new PostgresStatsReader(database);
    await log.recordEnqueued(aTask({ owner: 'ann' }), 'priority');
    await log.claim(aTask({ owner: 'ben' }), { ...aClaim(), queue: 'standard' });

    expect([...(await stats.read('ann'))]).toEqual([['priority/enqueued', 1]]);
    expect(new Map(await stats.read(undefined))).toEqual(
      new Map([
        ['priority/enqueued', 1],
        ['standard/running', 1],
      ]),
    );
  });
});
