import type { StrategyName } from '../../shared/config/config.ts';
import { startChild } from './bench-child.ts';
import type { BenchStack } from './bench-stack.ts';
import type { ChildReport, Job, SystemName, Until, Window } from './job.ts';
import { type PlannedTask, Producer } from './producer.ts';

/** One run of one system on queues of its own. */
export type Trial = {
  readonly system: SystemName;
  /** Queue → weight. */
  readonly weights: Readonly<Record<string, number>>;
  readonly concurrency: number;
  readonly roundTripMs: number;
  readonly repetition: number;
  /** In the queues before the system starts. */
  readonly backlog: readonly PlannedTask[];
  /** Sent while it works, at most. */
  readonly laterTasks?: number;
  readonly until: Until;
  readonly window?: Window;
  readonly heapEvery?: number;
  /** @default 'weighted' */
  readonly strategy?: StrategyName;
  /** @default false */
  readonly lanes?: boolean;
  /** A system that is not done by then has failed. */
  readonly giveUpSeconds: number;
  /** Sends more while the system works. Starts when the system does. */
  feed?(producer: Producer): Promise<void>;
  /** Gets how many tasks have begun, every thousand tasks. */
  onProgress?(started: number): void;
};

export type Outcome = ChildReport & {
  /**
   * Milliseconds from before each timed task was sent to the start of its handler. A task that has
   * not started at the end of the run counts with its waiting time so far.
   */
  readonly pickupsMs: readonly number[];
};

/**
 * Makes queues, fills them, runs the system, cleans up.
 * @throws when a task ran twice, or the system did not come to the end of its job
 */
export async function perform(stack: BenchStack, trial: Trial): Promise<Outcome> {
  const resources = await stack.createResources(Object.keys(trial.weights));
  try {
    const producer = new Producer(stack, resources, trial.roundTripMs);
    await producer.fill(trial.backlog, trial.system === 'ours-with-log');
    const child = await startChild(
      stack,
      jobOf(stack, trial, resources),
      trial.giveUpSeconds * 1000,
      (started) => trial.onProgress?.(started),
    );
    try {
      const [report] = await Promise.all([child.report, trial.feed?.(producer)]);
      assertCounts(report, trial);
      return { ...report, pickupsMs: pickupsOf(report, producer) };
    } finally {
      await child.stop();
    }
  } finally {
    await stack.deleteResources(resources);
  }
}

const jobOf = (
  { endpoints }: BenchStack,
  trial: Trial,
  { queues, table }: Awaited<ReturnType<BenchStack['createResources']>>,
): Job => ({
  system: trial.system,
  ...endpoints,
  table,
  queues: Object.entries(trial.weights).flatMap(([name, weight]) => {
    const address = queues[name];
    return address ? [{ name, weight, ...address }] : [];
  }),
  concurrency: trial.concurrency,
  strategy: trial.strategy ?? 'weighted',
  lanes: trial.lanes ?? false,
  roundTripMs: trial.roundTripMs,
  tasks: trial.backlog.length + (trial.laterTasks ?? 0),
  until: trial.until,
  ...(trial.window && { window: trial.window }),
  ...(trial.heapEvery && { heapEvery: trial.heapEvery }),
  seed: trial.repetition,
});

function pickupsOf({ begunAt, endedAt }: ChildReport, { sentAt }: Producer): number[] {
  const begun = new Map(begunAt);
  return [...sentAt].map(([index, sent]) => (begun.get(index) ?? endedAt) - sent);
}

/** Fast but wrong is no result. */
function assertCounts({ started, repeated, acked }: ChildReport, { until, system }: Trial): void {
  if (repeated > 0) throw new Error(`${system} ran ${repeated} tasks twice`);
  if (until.kind === 'acked' && (started !== until.count || acked !== until.count)) {
    throw new Error(`${system} ran ${started} and deleted ${acked} of ${until.count} tasks`);
  }
}
