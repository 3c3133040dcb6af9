import type { StrategyName } from '../../shared/config/config.ts';
import type { QueueAddress } from '../../shared/deployment/resources.ts';

/** Systems that can be measured. Each runs in its own process. */
export const SYSTEM_NAMES = [
  'ours',
  'ours-with-log',
  'tao',
  'tao-single',
  'ring',
  'sqs-consumer',
  'sqs-consumer-batch',
  'raw',
  'http',
  'ideal',
] as const;
export type SystemName = (typeof SYSTEM_NAMES)[number];

export type JobQueue = QueueAddress & { readonly name: string; readonly weight: number };

/** When a child has done enough, and reports. */
export type Until =
  /** So many messages are deleted. */
  | { readonly kind: 'acked'; readonly count: number }
  /** So many tasks have begun, of one queue or of all. */
  | {
      readonly kind: 'started';
      readonly count: number;
      readonly queue?: string;
      /** Or so long after the start, whatever has begun by then. */
      readonly withinMs?: number;
    }
  /** The window is over. */
  | { readonly kind: 'window' };

/** The time that is looked at, counted from the moment the system is started. */
export type Window = { readonly warmUpMs: number; readonly lengthMs: number };

/** The job of a child process: its only argument, as JSON. */
export type Job = {
  readonly system: SystemName;
  readonly sqs: string;
  readonly dynamodb: string;
  readonly table: string;
  readonly queues: readonly JobQueue[];
  /** Tasks run at once. */
  readonly concurrency: number;
  readonly strategy: StrategyName;
  readonly lanes: boolean;
  /** Added to every request to SQS and DynamoDB. */
  readonly roundTripMs: number;
  /** Tasks there will ever be: their indexes are below it. */
  readonly tasks: number;
  readonly until: Until;
  readonly window?: Window;
  /** Measures the heap after a forced collection each time so many tasks have begun. */
  readonly heapEvery?: number;
  /** Seed of the lottery. */
  readonly seed: number;
};

export type QueueReport = {
  readonly starts: number;
  /** Time in which its tasks ran, inside the window: ten at once for one second are ten seconds. */
  readonly busyMs: number;
};

/** Measurements of a child, from the start of its system to the end of its job. */
export type ChildReport = {
  readonly started: number;
  /** Tasks that began more than once. */
  readonly repeated: number;
  readonly acked: number;
  readonly seconds: number;
  readonly cpuMicros: number;
  /** SQS requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests within the window. */
  readonly windowRequests: Readonly<Record<string, number>>;
  readonly windowMs: number;
  readonly writeUnits: number;
  readonly queues: Readonly<Record<string, QueueReport>>;
  readonly heapBytes: readonly number[];
  /** When the timed tasks began, by index and `wallClock`. */
  readonly begunAt: readonly (readonly [index: number, at: number])[];
  /** By `wallClock`. */
  readonly endedAt: number;
};
