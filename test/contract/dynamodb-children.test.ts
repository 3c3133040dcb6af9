import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { aTask } from '../support/a-task.ts';
import { dynamodbClient, meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const ownWorkDone = { status: 'child_running', report: Report.success('Divided') } as const;

/** A log, and how many of its requests were under way at once, at most. */
async function countingRequests() {
  const table = await ownTable();
  const client = dynamodbClient();
  const requests = { now: 0, most: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      requests.now += 1;
      requests.most = Math.max(requests.most, requests.now);
      return next(args).finally(() => {
        requests.now -= 1;
      });
    },
    { step: 'initialize' },
  );
  const documents = new DynamodbTable(DynamoDBDocumentClient.from(client), table);
  return { log: dynamodbTaskLog(documents, { retentionDays: 30 }), requests };
}

test('cancelling a parent of many leaves connections to the heartbeats of other tasks', async () => {
  const { log, requests } = await countingRequests();
  const parent = aTask();
  const claim = await claimed(log, parent);
  const children = Array.from({ length: 120 }, () => aTask({ parentId: parent.id }));
  await log.openChildren(
    claim,
    children.map(({ id }) => id),
  );
  for (const child of children) await log.recordEnqueued(child, 'main');
  await log.finish(claim, ownWorkDone);
  requests.most = 0;

  await log.cancel(parent.id, { force: true });

  // An SDK client has 50 connections, and who gets none for 3 s gives up.
  expect(requests.most).toBeLessThan(40);
  expect(await log.countByStatus()).toEqual({ cancelled: 121 });
});

/**
 * A parent with two children, and two workers. The first noticed too late that it had lost the claim:
 * what it opens comes when the test says so.
 */
async function lateOpening() {
  const name = await ownTable();
  const table = new DynamodbTable(meteredDocuments(), name);
  const clock = new ManualClock();
  const logOver = (documents: DynamodbTable) =>
    dynamodbTaskLog(documents, { retentionDays: 30, clock });
  const log = logOver(table);
  const parent = aTask();
  const children = [aTask({ parentId: parent.id }), aTask({ parentId: parent.id })] as const;
  const ids = children.map(({ id }) => id);

  const started = Promise.withResolvers<void>();
  const landed = Promise.withResolvers<void>();
  const slow = changed(table, 'putMany', async (put) => {
    started.resolve();
    await landed.promise;
    return put();
  });
  const zombie = await claimed(log, parent);
  const opening = logOver(slow).openChildren(zombie, ids);
  await started.promise;
  clock.advance(61);
  const successor = await claimed(log, parent, 'worker-2');
  await log.openChildren(successor, ids);
  const finish = (over: DynamodbTable = table) =>
    logOver(over).finish(successor, { ...ownWorkDone, sentChildren: new Set(ids) });

  return {
    table,
    log,
    children,
    finish,
    land: () => {
      landed.resolve();
      return opening;
    },
    landAndDie: () => table.putMany(ids.map((id) => ({ pk: parent.id, sk: `open#${id}` }))),
    statusOfParent: async () => (await log.getSummary(parent.id))?.status,
  };
}

/** Returns the table with one of its operations replaced. */
const changed = <Name extends 'putMany' | 'update'>(
  table: DynamodbTable,
  name: Name,
  change: (operate: () => Promise<unknown>) => Promise<unknown>,
): DynamodbTable =>
  new Proxy(table, {
    get: (target, key) => {
      const method = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      const bound = method.bind(target);
      return key === name ? (...args: unknown[]) => change(() => bound(...args)) : bound;
    },
  });

describe('a worker that opens children when it has lost their parent already', () => {
  test('does not hold up the parent with those that have ended', async () => {
    const { log, children, finish, land, statusOfParent } = await lateOpening();
    for (const child of children) await log.recordEnqueued(child, 'main');
    await finish();
    await log.finish(await claimed(log, children[0]), done);

    expect(await land()).toEqual({ state: 'lost', toSend: new Set() });

    expect(await statusOfParent()).toBe('child_running');
    await log.finish(await claimed(log, children[1]), done);
    expect(await statusOfParent()).toBe('completed');
  });

  test('does not either when that happens while its successor ends', async () => {
    const { table, log, children, finish, land, statusOfParent } = await lateOpening();
    for (const child of children) await log.recordEnqueued(child, 'main');
    await log.finish(await claimed(log, children[0]), done);
    let updates = 0;
    // The second update of `finish` stores the end; the first came before the look through the children.
    const landing = changed(table, 'update', async (update) => {
      updates += 1;
      if (updates === 2) await land();
      return update();
    });

    await finish(landing);
    await log.finish(await claimed(log, children[1]), done);

    expect(await statusOfParent()).toBe('completed');
  });

  test('does not either when it then dies', async () => {
    const { log, children, finish, landAndDie, statusOfParent } = await lateOpening();
    for (const child of children) await log.recordEnqueued(child, 'main');
    await finish();
    await log.finish(await claimed(log, children[0]), done);
    await landAndDie();

    await log.finish(await claimed(log, children[1]), done);

    expect(await statusOfParent()).toBe('completed');
  });

  test('does not end the parent before a child that its successor sent, and could not record', async () => {
    const { log, children, finish, land, statusOfParent } = await lateOpening();
    await finish();

    await land();

    expect(await statusOfParent()).toBe('child_running');
    for (const child of children) await log.finish(await claimed(log, child), done);
    expect(await statusOfParent()).toBe('completed');
  });
});
