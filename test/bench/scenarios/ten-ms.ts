import type { SystemName } from '../job.ts';
import { perform } from '../trial.ts';
import { type Measures, type RunSettings, requestsOf, type Scenario } from './scenario.ts';

const SYSTEMS: readonly SystemName[] = [
  'ideal',
  'ours',
  'tao',
  'ring',
  'sqs-consumer',
  'sqs-consumer-batch',
  'raw',
];
const CONCURRENCY = 10;
const TASK_MS = 10;

async function tenMs(
  system: SystemName,
  { stack, roundTripMs, repetition, isQuick }: RunSettings,
): Promise<Measures> {
  const tasks = isQuick ? 200 : 2000;
  const backlog = Array.from({ length: tasks }, () => ({ queue: 'main', milliseconds: TASK_MS }));
  const { seconds, cpuMicros, requests } = await perform(stack, {
    system,
    roundTripMs,
    repetition,
    concurrency: CONCURRENCY,
    weights: { main: 1 },
    backlog,
    until: { kind: 'acked', count: tasks },
    giveUpSeconds: 120,
  });
  const arithmetical = (tasks / CONCURRENCY) * (TASK_MS / 1000);
  return {
    seconds,
    tasksPerSecond: tasks / seconds,
    percentOfArithmetical: (arithmetical / seconds) * 100,
    cpuMicrosPerTask: cpuMicros / tasks,
    requestsPerTask: requestsOf(requests) / tasks,
  };
}

/** Short tasks: are all slots kept busy? */
export const tenMsScenario: Scenario = {
  name: 'ten-ms',
  title: '2,000 tasks of 10 ms already in one queue, 10 at once',
  entries: SYSTEMS.map((system) => ({
    label: system,
    system,
    run: (settings) => tenMs(system, settings),
  })),
  columns: [
    { header: 'seconds', measure: 'seconds', digits: 2, hasSpread: true },
    {
      header: '% of ideal',
      measure: 'tasksPerSecond',
      digits: 1,
      relativeTo: 'ideal',
      isPercent: true,
    },
    { header: '% of 2.0 s', measure: 'percentOfArithmetical', digits: 1 },
    { header: 'CPU µs/task', measure: 'cpuMicrosPerTask', digits: 0 },
    { header: 'requests/task', measure: 'requestsPerTask', digits: 2 },
  ],
  runs: { 0: 5, 10: 3 },
  secondsPerRun: { 0: 4, 10: 5 },
};
