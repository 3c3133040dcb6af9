import type { PriceTable } from './prices.ts';
import type { TaskCounts } from './task-counts.ts';

/** US dollars, by service. */
export type TaskCost = {
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
