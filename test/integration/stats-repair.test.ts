import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StreamPoller } from '../../functions/dev/servers/stream-poller.ts';
import { tableStreamHandler } from '../../functions/streams/table-stream-handler.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { addition, slotKey } from '../../shared/dynamodb/stats/items.ts';
import { noTaskEvents } from '../../shared/events/task-events.ts';
import { repairStats } from '../../shared/stats/repair.ts';
import type { CellKey, Whose } from '../../shared/stats/tally.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { runCli } from '../support/cli.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { SimulatedTable } from '../support/simulated-table.ts';
import { type StreamTable, startStreamTable } from '../support/stream-table.ts';
import { processEnvironment } from '../support/worker-process.ts';

let table: StreamTable;
let simulated: SimulatedTable;
beforeAll(async () => {
  table = await startStreamTable();
  simulated = new SimulatedTable(seededRandom(7));
}, 30_000);
afterAll(() => table.stop(), 30_000);

async function write(changes: number): Promise<void> {
  for (let change = 0; change < changes; change++) await table.write([simulated.write()]);
}

/** Counts what is in the stream, until `signal` aborts and there is nothing left. */
async function consume(signal: AbortSignal): Promise<void> {
  const logger = quietLogger();
  const handler = tableStreamHandler({ stats: table.stats, events: noTaskEvents, logger });
  const options = { stream: table.stream, handler, logger, batchSize: () => 10 };
  await new StreamPoller(options).run(signal);
}

const corrupt = (whose: Whose, cell: CellKey, error: number) =>
  table.table.update(addition(slotKey(whose, 'shard-1'), new Map([[cell, error]])));

const isCounted = async (): Promise<boolean> => {
  const tally = await table.stats.read(undefined);
  const truth = simulated.tallies().of(undefined);
  return [...truth].every(([cell, count]) => tally.get(cell) === count);
};

async function consumeAll(): Promise<void> {
  const stop = new AbortController();
  const consuming = consume(stop.signal);
  await expect.poll(isCounted, { timeout: 10_000 }).toBe(true);
  stop.abort();
  await consuming;
}

const repair = (isDryRun: boolean) =>
  repairStats({ store: table.repairStore, stream: table.stream, isDryRun, settleMs: 0 });

const task = async (args: readonly string[], changes: Partial<Resources> = {}) => {
  const resources = { ...table.resources, ...changes };
  const env = await processEnvironment(table.config, resources);
  return runCli(args, {
    env: {
      ...env,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: table.endpoint,
    },
  });
};

describe('the repair of the statistics in DynamoDB', { timeout: 60_000 }, () => {
  test('finds nothing while the consumer is behind, or does not run', async () => {
    await write(40);

    expect(await repair(true)).toMatchObject({ differences: [] });
  });

  test('puts right what is wrong while tasks change and are counted', async () => {
    await consumeAll();
    await corrupt(undefined, 'priority/completed', 3);
    await corrupt('ben', 'background/failed', -1);
    await corrupt('gone', 'priority/failed', 1);
    const stop = new AbortController();
    const consuming = consume(stop.signal);

    const [{ differences }] = await Promise.all([repair(false), write(60)]);

    stop.abort();
    await consuming;
    expect(differences).toHaveLength(3);
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ whose: undefined, queue: 'priority', status: 'completed' }),
        expect.objectContaining({ whose: 'ben', queue: 'background', status: 'failed' }),
        { whose: 'gone', queue: 'priority', status: 'failed', counted: 1, actual: 0 },
      ]),
    );
    await consumeAll();
    for (const whose of [undefined, 'ann', 'ben', 'gone']) {
      expect(await table.stats.read(whose)).toEqual(simulated.tallies().of(whose));
    }
  });

  test('of two at the same time corrects once', async () => {
    await corrupt('ann', 'priority/failed', 5);

    await Promise.allSettled([repair(false), repair(false)]);

    expect(await table.stats.read('ann')).toEqual(simulated.tallies().of('ann'));
  });

  test('says in one sentence that there is no such table', async () => {
    const { code, errors } = await task(['stats', 'repair'], { table: 'task-lag' });

    expect(code).toBe(1);
    expect(errors).toContain('there is no table "task-lag" with a stream');
    expect(errors).not.toContain('    at ');
  });

  test('says on the command line what differs, and corrects it unless that is a dry run', async () => {
    await corrupt('gone', 'priority/failed', 1);

    const dry = await task(['stats', 'repair', '--dry-run', '--json']);
    const wet = await task(['stats', 'repair']);
    const again = await task(['stats', 'repair']);

    const wrong = { owner: 'gone', queue: 'priority', status: 'failed', counted: 1, actual: 0 };
    expect(dry.code).toBe(0);
    expect(JSON.parse(dry.output)).toMatchObject({ corrected: false, differences: [wrong] });
    expect(wet.output).toMatch(/^owner +queue +status +counted +in the log\n/);
    expect(wet.output).toMatch(
      /gone +priority +failed +1 +0\n\n\d+ tasks recounted: 1 number was wrong, corrected\.\n$/,
    );
    expect(again.output).toMatch(/^\d+ tasks recounted: all numbers are correct\.\n$/);
  });
});
