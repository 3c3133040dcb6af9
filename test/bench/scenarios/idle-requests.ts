import type { SystemName } from '../job.ts';
import { perform } from '../trial.ts';
import { type Measures, type RunSettings, requestsOf, type Scenario, WEIGHTS } from './scenario.ts';

const SYSTEMS: readonly SystemName[] = [
  'ours',
  'tao',
  'ring',
  'sqs-consumer',
  'sqs-consumer-batch',
];

async function idle(
  system: SystemName,
  { stack, roundTripMs, repetition, isQuick }: RunSettings,
): Promise<Measures> {
  const { windowRequests, windowMs } = await perform(stack, {
    system,
    roundTripMs,
    repetition,
    window: isQuick ? { warmUpMs: 0, lengthMs: 4000 } : { warmUpMs: 2000, lengthMs: 60_000 },
    concurrency: 10,
    weights: WEIGHTS,
    backlog: [],
    until: { kind: 'window' },
    giveUpSeconds: 120,
  });
  const perMinute = requestsOf(windowRequests) / (windowMs / 60_000);
  return {
    requestsPerMinute: perMinute,
    requestsPerHourPerQueue: (perMinute * 60) / Object.keys(WEIGHTS).length,
  };
}

/** Nothing to do: what does waiting cost? */
export const idleRequestsScenario: Scenario = {
  name: 'idle-requests',
  title: 'Three empty queues for a minute, concurrency 10, all systems at the same time',
  entries: SYSTEMS.map((system) => ({
    label: system,
    system,
    run: (settings) => idle(system, settings),
  })),
  columns: [
    { header: 'requests/minute', measure: 'requestsPerMinute', digits: 0 },
    { header: 'requests/hour for each queue', measure: 'requestsPerHourPerQueue', digits: 0 },
  ],
  runs: { 0: 1, 10: 1 },
  secondsPerRun: { 0: 65, 10: 65 },
  runsTogether: 'always',
};
