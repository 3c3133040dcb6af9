import { pause } from '../../../shared/clock.ts';
import { seededRandom } from '../../chaos/seeded-random.ts';
import type { SystemName } from '../job.ts';
import type { Producer } from '../producer.ts';
import { pickupMeasures } from '../statistics.ts';
import { perform } from '../trial.ts';
import { type Measures, type RunSettings, type Scenario, WEIGHTS } from './scenario.ts';

const SYSTEMS: readonly SystemName[] = [
  'ours',
  'tao',
  'tao-single',
  'ring',
  'sqs-consumer',
  'sqs-consumer-batch',
];
/** By then every system has found its queues empty. */
const IDLE_AFTER_MS = 1500;
const MEAN_GAP_MS = 100;
/** For those that wait on the wrong queue; 6 s of it are the sending. */
const GIVE_UP_MS = { full: 20_000, quick: 4000 };

async function idleLatency(
  system: SystemName,
  { stack, roundTripMs, repetition, isQuick }: RunSettings,
): Promise<Measures> {
  const tasks = isQuick ? 10 : 60;
  const random = seededRandom(repetition);
  const report = await perform(stack, {
    system,
    roundTripMs,
    repetition,
    concurrency: 10,
    weights: WEIGHTS,
    backlog: [],
    laterTasks: tasks,
    until: {
      kind: 'started',
      count: tasks,
      withinMs: isQuick ? GIVE_UP_MS.quick : GIVE_UP_MS.full,
    },
    giveUpSeconds: 60,
    feed: async (producer: Producer) => {
      await pause(IDLE_AFTER_MS);
      for (let sent = 0; sent < tasks; sent++) {
        await producer.sendTimed({ queue: 'priority', milliseconds: 0 });
        await pause(random() * 2 * MEAN_GAP_MS);
      }
    },
  });
  return pickupMeasures(report.pickupsMs);
}

/** A task comes to a system that has nothing to do: how long until it begins? */
export const idleLatencyScenario: Scenario = {
  name: 'idle-latency',
  title: 'Three idle queues; one task at a time arrives in `priority`',
  entries: SYSTEMS.map((system) => ({
    label: system,
    system,
    run: (settings) => idleLatency(system, settings),
  })),
  columns: [
    { header: 'pickup p50 ms', measure: 'pickupP50Ms', digits: 1, hasSpread: true },
    { header: 'p99 ms', measure: 'pickupP99Ms', digits: 1, hasSpread: true },
    { header: 'max ms', measure: 'pickupMaxMs', digits: 1 },
  ],
  runs: { 0: 2, 10: 3 },
  secondsPerRun: { 0: 13, 10: 13 },
  runsTogether: 'when quick',
};
