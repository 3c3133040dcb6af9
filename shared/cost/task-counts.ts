/** Average requests and units of one task, from enqueueing to its deleted message. */
export type TaskCounts = {
  /** SQS requests as billed, for messages over 64 KB more than were sent. */
  readonly sends: number;
  /** Those that brought something. Empty ones are not of any task: they are what waiting costs. */
  readonly receives: number;
  readonly deletes: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly s3Puts: number;
  readonly s3Gets: number;
};

/** How tasks come: many at once, which shares requests among them, or each when the last has ended. */
export type Arrival = 'burst' | 'single';

export type QueueCounts = {
  readonly queue: string;
  /** A database is paid by its capacity: what `postgres` is asked for is not counted. */
  readonly broker: 'sqs' | 'postgres' | 'memory';
  readonly burst: TaskCounts;
  readonly single: TaskCounts;
};

/** Usage of a process so far. */
export type RawUsage = {
  /** SQS requests by operation. */
  readonly sqsRequests: Readonly<Record<string, number>>;
  readonly emptyReceives: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** S3 requests by operation. */
  readonly s3Requests: Readonly<Record<string, number>>;
};

/** https://aws.amazon.com/sqs/pricing/: every 64 KB of a request's payload are billed as one request. */
const SQS_CHUNK_BYTES = 65_536;

/** @param messageBytes of one task's message */
export function countsPerTask(usage: RawUsage, tasks: number, messageBytes: number): TaskCounts {
  const { sqsRequests: sqs, s3Requests: s3 } = usage;
  const billed = (requests: number): number => {
    const bytes = requests === 0 ? 0 : (messageBytes * tasks) / requests;
    return (requests * Math.max(1, Math.ceil(bytes / SQS_CHUNK_BYTES))) / tasks;
  };
  const sum = (counts: Readonly<Record<string, number>>, operation: RegExp): number =>
    Object.entries(counts).reduce(
      (all, [name, count]) => all + (operation.test(name) ? count : 0),
      0,
    );
  return {
    sends: billed(sum(sqs, /^Send/)),
    receives: billed(sum(sqs, /^Receive/) - usage.emptyReceives),
    deletes: sum(sqs, /^Delete/) / tasks,
    writeUnits: usage.writeUnits / tasks,
    readUnits: usage.readUnits / tasks,
    s3Puts: sum(s3, /^(Put|Create|Complete|Upload)/) / tasks,
    s3Gets: sum(s3, /^(Get|Head)/) / tasks,
  };
}
