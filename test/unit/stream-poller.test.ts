import { describe, expect, test } from 'vitest';
import { StreamPoller } from '../../functions/dev/servers/stream-poller.ts';
import type { TableStreamEvent } from '../../functions/streams/table-stream-handler.ts';
import { readableShards } from '../../shared/table-stream/table-stream.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { SimulatedTable } from '../support/simulated-table.ts';

/** Polls until all records were handled once. The handler fails at each of these, the first time. */
async function poll(table: SimulatedTable, failAt: readonly string[] = []) {
  const done = new AbortController();
  const failures = new Set(failAt);
  const handled: { shardId: string; numbers: string[] }[] = [];
  const total = [...table.records.values()].flat().length;
  const handler = async ({ Records, shardId = '' }: TableStreamEvent) => {
    const numbers = Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
    const failed = numbers.findIndex((number) => failures.delete(number));
    const managed = failed === -1 ? numbers : numbers.slice(0, failed);
    handled.push({ shardId, numbers: managed });
    if (handled.flatMap((batch) => batch.numbers).length === total) done.abort();
    const itemIdentifier = numbers[failed];
    return {
      state: {},
      batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }],
    };
  };
  const options = { stream: table.stream(), handler, logger: quietLogger(), batchSize: () => 7 };
  await new StreamPoller(options).run(done.signal);
  return handled;
}

function tableWithSplits(): SimulatedTable {
  const table = new SimulatedTable(seededRandom(1));
  for (let round = 0; round < 5; round++) {
    for (let write = 0; write < 30; write++) table.write();
    table.split();
  }
  return table;
}

const numbersIn = (table: SimulatedTable, shardId: string): string[] =>
  (table.records.get(shardId) ?? []).map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');

describe('the poller of the local stack', () => {
  test('hands out every record once, in the order of its shard, parents before children', async () => {
    const table = tableWithSplits();

    const handled = await poll(table);

    const order = handled.map(({ shardId }) => shardId);
    for (const { id, parentId = '' } of table.shards) {
      const ofShard = handled.filter(({ shardId }) => shardId === id);
      expect(ofShard.flatMap(({ numbers }) => numbers)).toEqual(numbersIn(table, id));
      const fromItsFirst = order.includes(id) ? order.slice(order.indexOf(id)) : [];
      expect(fromItsFirst).not.toContain(parentId);
    }
  });

  test('hands out a batch again from the record on that was not managed', async () => {
    const table = tableWithSplits();
    const all = [...table.records.values()].flat();
    const failAt = [3, 40, 41].map((index) => all[index]?.dynamodb?.SequenceNumber ?? '');

    const handled = await poll(table, failAt);

    for (const { id } of table.shards) {
      const ofShard = handled.filter(({ shardId }) => shardId === id);
      expect(ofShard.flatMap(({ numbers }) => numbers)).toEqual(numbersIn(table, id));
    }
  });
});

test('a shard may be read when its parent was read to its end, or is forgotten', () => {
  const shards = [
    { id: 'child', parentId: 'parent' },
    { id: 'parent', parentId: 'forgotten' },
  ];

  const ids = (ended: string[]) => readableShards(shards, new Set(ended)).map(({ id }) => id);

  expect(ids([])).toEqual(['parent']);
  expect(ids(['parent'])).toEqual(['child']);
  expect(ids(['parent', 'child'])).toEqual([]);
});
