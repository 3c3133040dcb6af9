import type { StrategyName } from '../../../shared/config/config.ts';
import type { ChildReport, SystemName } from '../job.ts';
import { perform } from '../trial.ts';
import {
  type Entry,
  type Measures,
  type RunSettings,
  requestsOf,
  type Scenario,
  WEIGHTS,
} from './scenario.ts';

type Numbers = Readonly<Record<keyof typeof WEIGHTS, number>>;

type Load = {
  readonly system: SystemName;
  readonly label: string;
  readonly weights: Numbers;
  readonly milliseconds: Numbers;
  readonly strategy: StrategyName;
  /** Counted from the first one on. */
  readonly starts: number;
};

/** More than what any system holds beside the tasks it runs: no queue ever runs dry. */
const RESERVE = 100;
const STARTS = 3000;
const QUICK_STARTS = 400;
/** Short tasks outnumber the long ones when time is shared: more of them, so that one long one is little. */
const STARTS_BY_TIME = 12_000;

const EQUAL: Numbers = { priority: 5, standard: 5, background: 5 };
const UNEQUAL: Numbers = { priority: 2, standard: 10, background: 50 };

const load = (system: SystemName, label: string, changes: Partial<Load> = {}): Load => ({
  system,
  label,
  weights: WEIGHTS,
  milliseconds: EQUAL,
  strategy: 'weighted',
  starts: STARTS,
  ...changes,
});

const LOADS: readonly Load[] = [
  load('ours', 'ours'),
  load('ours', 'ours 5/45/50', { weights: { priority: 5, standard: 45, background: 50 } }),
  load('ours', 'ours 1/1/1', { weights: { priority: 1, standard: 1, background: 1 } }),
  load('ours', 'ours, tasks of 2/10/50 ms', { milliseconds: UNEQUAL }),
  load('ours', 'ours weighted-time, 2/10/50 ms', {
    milliseconds: UNEQUAL,
    strategy: 'weighted-time',
    starts: STARTS_BY_TIME,
  }),
  load('tao', 'tao'),
  load('ring', 'ring'),
  load('sqs-consumer', 'sqs-consumer'),
  load('sqs-consumer-batch', 'sqs-consumer-batch'),
];

async function saturate(load: Load, settings: RunSettings): Promise<Measures> {
  const { stack, roundTripMs, repetition, isQuick } = settings;
  const starts = isQuick ? QUICK_STARTS : load.starts;
  // Enough for any share that a system may give to one queue.
  const size = starts + RESERVE;
  const report = await perform(stack, {
    ...load,
    roundTripMs,
    repetition,
    concurrency: 10,
    backlog: Object.entries(load.milliseconds).flatMap(([queue, milliseconds]) =>
      Array.from({ length: size }, () => ({ queue, milliseconds })),
    ),
    until: { kind: 'started', count: starts },
    giveUpSeconds: 120,
  });
  return measuresOf(report, load);
}

function measuresOf(report: ChildReport, { weights }: Load): Measures {
  const { started, acked, seconds, requests, queues } = report;
  const byQueue = (field: 'starts' | 'busyMs'): number[] =>
    Object.keys(weights).map((name) => queues[name]?.[field] ?? 0);
  return {
    shareErrorPoints: largestError(byQueue('starts'), Object.values(weights)),
    slotTimeErrorPoints: largestError(byQueue('busyMs'), Object.values(weights)),
    receivesPerTask: requestsOf(requests, 'Receive') / started,
    deletesPerTask: requestsOf(requests, 'Delete') / Math.max(acked, 1),
    tasksPerSecond: started / seconds,
  };
}

/** Between the shares of two lists, in percentage points. */
function largestError(measured: readonly number[], expected: readonly number[]): number {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const errors = measured.map(
    (value, index) => value / sum(measured) - (expected[index] ?? 0) / sum(expected),
  );
  return Math.max(...errors.map(Math.abs)) * 100;
}

const entryOf = (load: Load): Entry => ({
  label: load.label,
  system: load.system,
  run: (settings) => saturate(load, settings),
});

/** Every queue has more tasks than can be run: does each get its share, and at what price? */
export const saturatedScenario: Scenario = {
  name: 'saturated',
  title:
    'Three queues that never run dry, weights 90/30/10 and tasks of 5 ms unless stated otherwise',
  entries: LOADS.map(entryOf),
  columns: [
    { header: 'share error, points', measure: 'shareErrorPoints', digits: 2, hasSpread: true },
    { header: 'slot time error, points', measure: 'slotTimeErrorPoints', digits: 2 },
    { header: 'receives/task', measure: 'receivesPerTask', digits: 3 },
    { header: 'deletes/task', measure: 'deletesPerTask', digits: 3 },
    { header: 'tasks/s', measure: 'tasksPerSecond', digits: 0 },
  ],
  runs: { 0: 3, 10: 3 },
  secondsPerRun: { 0: 3.5, 10: 4.5 },
};
