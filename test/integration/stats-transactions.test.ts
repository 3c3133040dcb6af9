import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, expect, inject, test } from 'vitest';
import { DynamodbStatsStore } from '../../shared/dynamodb/stats/stats-store.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbTransactions } from '../../shared/dynamodb/transactions.ts';
import { newTaskId } from '../../shared/ids.ts';
import { FaultProxy } from '../chaos/fault-proxy.ts';
import { dynamodbClient, ownTable } from '../support/aws.ts';

/** The proxy's random numbers for a request that succeeds, or fails in one of the ways. */
const DRAWS = {
  well: [1],
  conflict: [0, 0],
  'reset before': [0, 0.9, 0],
  'reset after': [0, 0.9, 0.3],
};

const proxies: FaultProxy[] = [];
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close();
});

/** A store behind a proxy whose next requests go like this; all others go well, or like the last. */
async function setup(fates: (keyof typeof DRAWS)[], isLastForEver = false) {
  const table = await ownTable();
  const draws = fates.flatMap((fate) => DRAWS[fate]);
  const rest = isLastForEver ? 0 : 1;
  const proxy = new FaultProxy(inject('endpoints').dynamodb, () => draws.shift() ?? rest);
  proxies.push(proxy);
  await proxy.listen();
  proxy.rate = 1;
  const documents = DynamoDBDocumentClient.from(dynamodbClient(proxy.url));
  const transactions = new DynamodbTransactions(documents, table);
  return {
    proxy,
    store: new DynamodbStatsStore(new DynamodbTable(documents, table), transactions),
  };
}

const CHANGE = {
  taskId: newTaskId(),
  owner: 'ann',
  sequenceNumber: '7',
  from: undefined,
  to: { queue: 'priority', status: 'enqueued' },
} as const;
const ONE = new Map([['priority/enqueued', 1]]);

test('a transaction that another one was in the way of is tried again', async () => {
  const { store, proxy } = await setup(['conflict', 'conflict', 'conflict']);

  await store.apply('shard-1', [CHANGE]);

  expect(await store.read('ann')).toEqual(ONE);
  expect(proxy.injected.conflict).toBe(3);
});

test('one that others are always in the way of is given up, to be repeated later', async () => {
  const { store } = await setup(['conflict'], true);

  const applied = store.apply('shard-1', [CHANGE]);

  await expect(applied).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
});

test.each(['reset before', 'reset after'] as const)(
  'a change counts once when the connection breaks (%s)',
  async (fate) => {
    const { store, proxy } = await setup([fate]);

    await store.apply('shard-1', [CHANGE]);

    expect(await store.read('ann')).toEqual(ONE);
    expect(proxy.injected[fate]).toBe(1);
  },
);
