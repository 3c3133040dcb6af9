import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { repairStats } from '../../shared/stats/repair.ts';
import { changeIn } from '../../shared/stats/task-change.ts';
import type { StreamRecord } from '../../shared/table-stream/table-stream.ts';
import { FaultProxy } from '../chaos/fault-proxy.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { scaled } from '../support/scale.ts';
import { SimulatedTable } from '../support/simulated-table.ts';
import { MAX_BATCH_WRITE, type StreamTable, startStreamTable } from '../support/stream-table.ts';
import { processEnvironment } from '../support/worker-process.ts';

const CONSUMER = fileURLToPath(new URL('../support/stream-consumer.ts', import.meta.url));
const TRANSITIONS = scaled(4000);
const KILLS = scaled(3);
const LONGEST_LIFE_MS = 800;
/** The share of the consumer's requests that fail. */
const FAULT_RATE = 0.03;
const SEED = 20_260_101;

let table: StreamTable;
let proxy: FaultProxy;
beforeAll(async () => {
  table = await startStreamTable();
  proxy = new FaultProxy(table.endpoint, seededRandom(SEED));
  await proxy.listen();
}, 30_000);
afterAll(async () => {
  proxy.close();
  await table.stop();
}, 30_000);

/** Writes random transitions to the table, and returns what is in it in the end. */
async function makeTransitions(): Promise<SimulatedTable> {
  const simulated = new SimulatedTable(seededRandom(SEED));
  let batch: StreamRecord[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await table.write(batch);
    batch = [];
  };
  for (let made = 0; made < TRANSITIONS; ) {
    const record = simulated.write();
    if (changeIn(record)) made += 1;
    const isKnown = batch.some((other) => keyOf(other) === keyOf(record));
    if (isKnown || batch.length === MAX_BATCH_WRITE) await flush();
    batch.push(record);
  }
  await flush();
  return simulated;
}

const keyOf = ({ dynamodb }: StreamRecord): string => dynamodb?.Keys?.['sk']?.S ?? '';

async function startConsumer(generation: number) {
  const faulty = {
    AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: proxy.url,
  };
  const env = await processEnvironment(table.config, table.resources);
  return table.processes.start({
    name: 'the consumer',
    command: process.execPath,
    args: [CONSUMER],
    ready: /^ready/,
    env: {
      ...env,
      ...faulty,
      CONSUMER_SEED: String(SEED + generation),
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    },
  });
}

/** Lets consumers live for a moment each, until so many were killed and `isOver`. Returns how many. */
async function killConsumers(isOver: () => boolean): Promise<number> {
  const random = seededRandom(SEED);
  let kills = 0;
  while (kills < KILLS || !isOver()) {
    const consumer = await startConsumer(kills);
    await pause(random() * LONGEST_LIFE_MS);
    process.kill(consumer.pid, 'SIGKILL');
    await consumer.exited;
    kills += 1;
  }
  return kills;
}

test(`after ${TRANSITIONS} transitions and consumers that are killed the numbers are those of a recount`, async () => {
  proxy.rate = FAULT_RATE;
  let isOver = false;
  const [simulated] = await Promise.all([
    makeTransitions().finally(() => {
      isOver = true;
    }),
    killConsumers(() => isOver),
  ]);

  await startConsumer(KILLS);
  await vi.waitFor(
    async () => {
      for (const whose of [undefined, 'ann', 'ben']) {
        expect(await table.stats.read(whose)).toEqual(simulated.tallies().of(whose));
      }
    },
    { timeout: 60_000, interval: 500 },
  );
  const { repairStore: store, stream } = table;
  const recounted = await repairStats({ store, stream, isDryRun: true, settleMs: 0 });

  expect(recounted).toEqual({ tasks: simulated.tasks.size, differences: [] });
}, 180_000);
