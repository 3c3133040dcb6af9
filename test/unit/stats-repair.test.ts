import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repairStats, type StatsDifference } from '../../shared/stats/repair.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { SimulatedStats } from '../support/simulated-stats.ts';
import { SimulatedTable } from '../support/simulated-table.ts';

const NOW = { settleMs: 0 };
const anySeed = fc.integer({ min: 0, max: 2 ** 31 });

/** A table in use, and its statistics; with numbers that are wrong by what `corrupt` adds. */
function setup(seed: number) {
  const random = seededRandom(seed);
  const table = new SimulatedTable(random);
  for (let write = 0; write < 100; write++) table.write();
  const stats = new SimulatedStats(table, random);
  return { table, stats, stream: table.stream() };
}

describe('the repair of the statistics', () => {
  test('finds nothing to correct while tasks change and the consumer lags behind', async () => {
    await fc.assert(
      fc.asyncProperty(anySeed, async (seed) => {
        const { stats, stream } = setup(seed);

        const { differences } = await repairStats({
          store: stats,
          stream,
          isDryRun: false,
          ...NOW,
        });

        expect(differences).toEqual([]);
      }),
    );
  });

  test('finds exactly what is wrong, and puts it right, while tasks change', async () => {
    await fc.assert(
      fc.asyncProperty(anySeed, async (seed) => {
        const { table, stats, stream } = setup(seed);
        stats.corrupt(undefined, 'priority/completed', 3);
        stats.corrupt('ann', 'background/enqueued', -2);
        stats.corrupt('somebody whose tasks are long gone', 'priority/failed', 1);

        const { differences } = await repairStats({
          store: stats,
          stream,
          isDryRun: false,
          ...NOW,
        });

        const errors = differences.map(({ whose, queue, status, counted, actual }) => [
          whose,
          `${queue}/${status}`,
          counted - actual,
        ]);
        expect(errors).toHaveLength(3);
        expect(errors).toEqual(
          expect.arrayContaining([
            [undefined, 'priority/completed', 3],
            ['ann', 'background/enqueued', -2],
            ['somebody whose tasks are long gone', 'priority/failed', 1],
          ]),
        );
        stats.consumeAll();
        for (const whose of [undefined, 'ann', 'ben']) {
          expect(stats.tallyOf(whose)).toEqual(table.tallies().of(whose));
        }
      }),
    );
  });

  test('only looks when it is a dry run', async () => {
    const { stats, stream } = setup(1);
    stats.corrupt('ann', 'priority/failed', 1);

    const first = await repairStats({ store: stats, stream, isDryRun: true, ...NOW });
    const second = await repairStats({ store: stats, stream, isDryRun: true, ...NOW });

    const wrong: Partial<StatsDifference> = { whose: 'ann', queue: 'priority', status: 'failed' };
    expect(first.differences).toMatchObject([wrong]);
    expect(second.differences).toMatchObject([wrong]);
  });

  test('counts a log that was never counted, all of it', async () => {
    const { table, stats, stream } = setup(2);
    stats.forget();

    const { tasks } = await repairStats({ store: stats, stream, isDryRun: false, ...NOW });

    stats.consumeAll();
    expect(tasks).toBeGreaterThan(10);
    expect(stats.tallyOf(undefined)).toEqual(table.tallies().of(undefined));
  });

  test('does not correct what somebody else has corrected meanwhile', async () => {
    const { stats, stream } = setup(3);
    stats.corrupt('ann', 'priority/failed', 1);
    stats.correct = async () => false;

    const repair = repairStats({ store: stats, stream, isDryRun: false, ...NOW });

    await expect(repair).rejects.toMatchObject({ code: 'STATS_CONFLICT' });
  });
});
