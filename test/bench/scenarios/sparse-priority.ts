import { pause } from '../../../shared/clock.ts';
import { seededRandom } from '../../chaos/seeded-random.ts';
import type { SystemName } from '../job.ts';
import type { PlannedTask, Producer } from '../producer.ts';
import { pickupMeasures } from '../statistics.ts';
import { perform } from '../trial.ts';
import { entryWith, type Measures, type RunSettings, type Scenario, WEIGHTS } from './scenario.ts';

const CONCURRENCY = 10;
const LONG_MS = 2000;
/** The first long tasks are shorter, by chance, so that slots do not become free in step. */
const FIRST = 20;
const SHORTEST_MS = 200;
const EVERY_MS = 150;
/** After the last one was sent. */
const GIVE_UP_MS = 15_000;
/** So many long tasks that they last to the end. */
const BACKLOG = 700;

async function sparsePriority(
  system: SystemName,
  lanes: boolean,
  { stack, roundTripMs, repetition, isQuick }: RunSettings,
): Promise<Measures> {
  const window = isQuick
    ? { warmUpMs: 1000, lengthMs: 2250 }
    : { warmUpMs: 3000, lengthMs: 15_000 };
  const urgent = window.lengthMs / EVERY_MS;
  const report = await perform(stack, {
    system,
    lanes,
    roundTripMs,
    repetition,
    window,
    concurrency: CONCURRENCY,
    weights: WEIGHTS,
    backlog: backlog(repetition),
    laterTasks: urgent,
    until: {
      kind: 'started',
      queue: 'priority',
      count: urgent,
      withinMs: window.warmUpMs + window.lengthMs + (isQuick ? 2000 : GIVE_UP_MS),
    },
    giveUpSeconds: 60,
    feed: async (producer) => {
      await pause(window.warmUpMs);
      await sendUrgent(producer, urgent);
    },
  });
  const busyMs = report.queues['background']?.busyMs ?? 0;
  return {
    ...pickupMeasures(report.pickupsMs),
    backgroundSlotsBusy: busyMs / report.windowMs,
  };
}

function backlog(seed: number): PlannedTask[] {
  const random = seededRandom(seed);
  const firstMs = (): number => SHORTEST_MS + random() * (LONG_MS - SHORTEST_MS);
  return Array.from({ length: BACKLOG }, (_, index) => ({
    queue: 'background',
    milliseconds: index < FIRST ? Math.round(firstMs()) : LONG_MS,
  }));
}

/** One every 150 ms, whatever happens to the ones before. */
async function sendUrgent(producer: Producer, tasks: number): Promise<void> {
  const sends: Promise<void>[] = [];
  for (let sent = 0; sent < tasks; sent++) {
    sends.push(producer.sendTimed({ queue: 'priority', milliseconds: 5 }));
    await pause(EVERY_MS);
  }
  await Promise.all(sends);
}

const entry = entryWith(sparsePriority);

/** Long light tasks fill every slot they may have: how long does an urgent one wait? */
export const sparsePriorityScenario: Scenario = {
  name: 'sparse-priority',
  title:
    '`background` is full of 2 s tasks; a 5 ms task arrives in `priority` every 150 ms; 10 slots',
  entries: [
    entry('ours', 'ours with lanes', true),
    entry('ours'),
    entry('tao'),
    entry('ring'),
    entry('sqs-consumer'),
    entry('sqs-consumer-batch'),
  ],
  columns: [
    { header: 'pickup p50 ms', measure: 'pickupP50Ms', digits: 0, hasSpread: true },
    { header: 'p99 ms', measure: 'pickupP99Ms', digits: 0, hasSpread: true },
    { header: 'background slots busy', measure: 'backgroundSlotsBusy', digits: 1 },
  ],
  runs: { 0: 1, 10: 2 },
  secondsPerRun: { 0: 23, 10: 23 },
  runsTogether: 'when quick',
};
