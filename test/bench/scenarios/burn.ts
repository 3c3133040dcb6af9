import type { SystemName } from '../job.ts';
import { perform } from '../trial.ts';
import { type Measures, type RunSettings, requestsOf, type Scenario } from './scenario.ts';

const SYSTEMS: readonly SystemName[] = [
  'ours',
  'tao',
  'ring',
  'sqs-consumer',
  'sqs-consumer-batch',
  'raw',
  'http',
  'ours-with-log',
];

/** Tasks by round trip, and the fewer for which the DynamoDB emulator is fast enough. */
const TASKS = { 0: 20_000, 10: 4000 } as const;
const TASKS_WITH_LOG = 2000;
const QUICK_TASKS = 600;

function tasksOf(system: SystemName, { isQuick, roundTripMs }: RunSettings): number {
  if (isQuick) return QUICK_TASKS;
  return system === 'ours-with-log' ? TASKS_WITH_LOG : TASKS[roundTripMs];
}

async function burn(
  system: SystemName,
  concurrency: number,
  settings: RunSettings,
): Promise<Measures> {
  const { stack, roundTripMs, repetition } = settings;
  const tasks = tasksOf(system, settings);
  const report = await perform(stack, {
    system,
    concurrency,
    roundTripMs,
    repetition,
    weights: { main: 1 },
    backlog: Array.from({ length: tasks }, () => ({ queue: 'main', milliseconds: 0 })),
    until: { kind: 'acked', count: tasks },
    giveUpSeconds: 180,
  });
  return {
    tasks,
    seconds: report.seconds,
    tasksPerSecond: tasks / report.seconds,
    cpuMicrosPerTask: report.cpuMicros / tasks,
    requestsPerTask: requestsOf(report.requests) / tasks,
    ...(system === 'ours-with-log' && { writeUnitsPerTask: report.writeUnits / tasks }),
  };
}

/** No-ops that wait in one queue: what a task costs when it does nothing. */
export const burnScenario = (concurrency: 10 | 100): Scenario => ({
  name: `burn-${concurrency}`,
  title: `No-ops already in one queue, ${concurrency} at once`,
  entries: SYSTEMS.map((system) => ({
    label: system,
    system,
    run: (settings) => burn(system, concurrency, settings),
  })),
  columns: [
    { header: 'tasks/s', measure: 'tasksPerSecond', digits: 0, hasSpread: true },
    { header: '÷ raw', measure: 'tasksPerSecond', digits: 2, relativeTo: 'raw' },
    { header: '÷ http', measure: 'tasksPerSecond', digits: 2, relativeTo: 'http' },
    { header: 'CPU µs/task', measure: 'cpuMicrosPerTask', digits: 0, hasSpread: true },
    { header: '÷ raw', measure: 'cpuMicrosPerTask', digits: 2, relativeTo: 'raw' },
    { header: '÷ http', measure: 'cpuMicrosPerTask', digits: 2, relativeTo: 'http' },
    { header: 'requests/task', measure: 'requestsPerTask', digits: 2 },
    { header: 'write units/task', measure: 'writeUnitsPerTask', digits: 2 },
  ],
  runs: { 0: 5, 10: 3 },
  secondsPerRun: { 0: 7.5, 10: concurrency === 10 ? 9 : 5 },
});
