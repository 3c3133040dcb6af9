import type { SystemName } from '../job.ts';
import { perform } from '../trial.ts';
import { entryWith, type Measures, type RunSettings, type Scenario, WEIGHTS } from './scenario.ts';

const CONCURRENCY = 10;
const TASK_MS = 200;

async function lowOnly(
  system: SystemName,
  lanes: boolean,
  { stack, roundTripMs, repetition, isQuick }: RunSettings,
): Promise<Measures> {
  const window = isQuick ? { warmUpMs: 500, lengthMs: 1500 } : { warmUpMs: 1000, lengthMs: 6000 };
  const most = (CONCURRENCY * (window.warmUpMs + window.lengthMs)) / TASK_MS;
  const report = await perform(stack, {
    system,
    lanes,
    roundTripMs,
    repetition,
    window,
    concurrency: CONCURRENCY,
    weights: WEIGHTS,
    backlog: Array.from({ length: most + 100 }, () => ({
      queue: 'background',
      milliseconds: TASK_MS,
    })),
    until: { kind: 'window' },
    giveUpSeconds: 60,
  });
  const busyMs = report.queues['background']?.busyMs ?? 0;
  return { busyPercent: (busyMs / (CONCURRENCY * report.windowMs)) * 100 };
}

const entry = entryWith(lowOnly);

/** Only the lightest queue has tasks: do the empty ones get in its way? */
export const lowOnlyScenario: Scenario = {
  name: 'low-only',
  title: 'Tasks of 200 ms, only in `background`, 10 slots',
  entries: [
    entry('ours'),
    entry('ours', 'ours with lanes', true),
    entry('tao'),
    entry('ring'),
    entry('sqs-consumer'),
    entry('sqs-consumer-batch'),
  ],
  columns: [{ header: '% of slot time busy', measure: 'busyPercent', digits: 1, hasSpread: true }],
  runs: { 0: 1, 10: 3 },
  secondsPerRun: { 0: 8.5, 10: 8.5 },
  runsTogether: 'when quick',
};
