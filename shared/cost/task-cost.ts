import type { PriceTable } from './prices.ts';

/** Average requests and units of one task, from enqueuing to its deleted message. */
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
type RawUsage = {
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

/** US dollars, by service. */
type TaskCost = {
  readonly sqs: number;
  readonly dynamodb: number;
  readonly s3: number;
  readonly total: number;
};

/** Hours of a month, as AWS calculates: https://docs.aws.amazon.com/pricing-calculator/latest/userguide/assumptions.html */
export const HOURS_PER_MONTH = 730;

export const sqsRequestsOf = ({ sends, receives, deletes }: TaskCounts): number =>
  sends + receives + deletes;

/** Computes the cost of a million such tasks, without worker, API and waiting. */
export function costPerMillion(counts: TaskCounts, { prices }: PriceTable): TaskCost {
  const { writeUnits, readUnits, s3Puts, s3Gets } = counts;
  const sqs = sqsRequestsOf(counts) * prices.sqsMillionRequests.usd;
  const dynamodb =
    writeUnits * prices.dynamodbMillionWriteUnits.usd +
    readUnits * prices.dynamodbMillionReadUnits.usd;
  const s3 = 1000 * (s3Puts * prices.s3ThousandPuts.usd + s3Gets * prices.s3ThousandGets.usd);
  return { sqs, dynamodb, s3, total: sqs + dynamodb + s3 };
}

export type Waiting = {
  /** Those with SQS queues. */
  readonly queues: number;
  readonly workers: number;
  /** 1 to 20. */
  readonly pollWaitSeconds: number;
};

/** Polls in a month in which no task comes. Each that brings a task takes the place of one of these. */
export const idlePollsPerMonth = ({ queues, workers, pollWaitSeconds }: Waiting): number =>
  (queues * workers * HOURS_PER_MONTH * 3600) / pollWaitSeconds;

export const idleCostPerMonth = (waiting: Waiting, { prices }: PriceTable): number =>
  (idlePollsPerMonth(waiting) / 1e6) * prices.sqsMillionRequests.usd;
