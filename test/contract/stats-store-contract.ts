import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import type { StatsStore } from '../../shared/stats/stats-store.ts';
import { changeIn, type TaskChange } from '../../shared/stats/task-change.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { deliveries } from '../support/deliveries.ts';
import { SimulatedTable } from '../support/simulated-table.ts';

const enqueued = (sequenceNumber: number, owner: string, queue = 'priority'): TaskChange => ({
  taskId: newTaskId(),
  owner,
  sequenceNumber: String(sequenceNumber),
  from: undefined,
  to: { queue, status: 'enqueued' },
});

/** Tests what every store of statistics promises. Called once per adapter. */
export function describeStatsStoreContract(createStore: () => Promise<StatsStore>): void {
  test('before the first change there is nothing', async () => {
    const store = await createStore();

    expect(await store.read(undefined)).toEqual(new Map());
    expect(await store.read('ann')).toEqual(new Map());
  });

  test('a change counts for its owner and for everybody', async () => {
    const store = await createStore();

    await store.apply('shard-1', [enqueued(1, 'ann'), enqueued(2, 'ben')]);

    expect(await store.read('ann')).toEqual(new Map([['priority/enqueued', 1]]));
    expect(await store.read(undefined)).toEqual(new Map([['priority/enqueued', 2]]));
  });

  test('a batch that comes again counts nothing, a batch that goes on from it only what is new', async () => {
    const store = await createStore();
    const changes = [8, 9, 10, 11].map((number) => enqueued(number, 'ann'));
    await store.apply('shard-1', changes.slice(0, 3));

    await store.apply('shard-1', changes.slice(0, 3));
    await store.apply('shard-1', changes.slice(1, 2));
    await store.apply('shard-1', changes.slice(1));

    expect(await store.read('ann')).toEqual(new Map([['priority/enqueued', 4]]));
  });

  test('changes that cancel each other out are not counted again one by one', async () => {
    const store = await createStore();
    const came = enqueued(1, 'ann');
    const went = { ...came, sequenceNumber: '2', from: came.to, to: undefined };
    await store.apply('shard-1', [came, went]);

    await store.apply('shard-1', [came]);

    expect(await store.read('ann')).toEqual(new Map());
  });

  test('no count is negative while the change before is still to come from another shard', async () => {
    const store = await createStore();
    const added = enqueued(1, 'ann');
    const to = { queue: 'priority', status: 'running' } as const;
    await store.apply('shard-2', [{ ...added, sequenceNumber: '2', from: added.to, to }]);
    const meanwhile = await store.read('ann');

    await store.apply('shard-1', [added]);

    expect(meanwhile).toEqual(new Map([['priority/running', 1]]));
    expect(await store.read('ann')).toEqual(new Map([['priority/running', 1]]));
    expect(await store.read(undefined)).toEqual(new Map([['priority/running', 1]]));
  });

  test('shards count each for itself, also at the same time', async () => {
    const store = await createStore();
    const shards = Array.from({ length: 10 }, (_, index) => `shard-${index}`);

    await Promise.all(shards.map((shard) => store.apply(shard, [enqueued(1, 'ann')])));

    expect(await store.read(undefined)).toEqual(new Map([['priority/enqueued', 10]]));
  });

  test('one batch may have changes of hundreds of owners and of queues', async () => {
    const store = await createStore();
    const changes = Array.from({ length: 500 }, (_, index) =>
      enqueued(index + 1, `owner-${index % 250}`, `queue-${index % 150}`),
    );

    await store.apply('shard-1', changes);
    await store.apply('shard-1', changes);

    const total = await store.read(undefined);
    expect(total.size).toBe(150);
    expect([...total.values()].reduce((sum, count) => sum + count)).toBe(500);
    expect([...(await store.read('owner-7')).values()].reduce((sum, count) => sum + count)).toBe(2);
  });

  test('whatever batches come, again or not, the numbers are those of a recount', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const store = await createStore();
        const random = seededRandom(seed);
        const table = new SimulatedTable(random);
        for (let write = 0; write < 120; write++) table.write();

        const batches = [...table.records].flatMap(([shardId, records]) =>
          [...deliveries(records, random)].map((batch) => ({ shardId, batch })),
        );
        for (const { shardId, batch } of batches) {
          await store.apply(
            shardId,
            batch.flatMap((record) => changeIn(record) ?? []),
          );
        }

        for (const whose of [undefined, 'ann', 'ben']) {
          expect(await store.read(whose)).toEqual(table.tallies().of(whose));
        }
      }),
      { numRuns: 15 },
    );
  });
}
