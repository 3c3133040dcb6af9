import type { PriceTable } from './prices.ts';
import { HOURS_PER_MONTH } from './task-cost.ts';

/** Usage of a deployment in a number of hours. */
export type DeploymentCounts = {
  readonly queues: readonly DeployedQueueCounts[];
  /** Write units of the table and its indexes, for every caller. */
  readonly writeUnits: number;
  readonly readUnits: number;
};

export type DeployedQueueCounts = {
  readonly queue: string;
  /** That have ended. */
  readonly tasks: number;
  /** Messages: at most as many requests. */
  readonly sends: number;
  /** In minutes in which a task ended. */
  readonly workerRequests: number;
  /** Polls that brought nothing, in all other minutes. */
  readonly idlePolls: number;
};

/** One minute of a queue. Absent metrics are 0. */
export type Minute = {
  readonly ended: number;
  readonly requestsPerTask: number;
  readonly emptyReceives: number;
};

/**
 * The requests of a minute in which tasks ended are those per task times the tasks: exactly of one worker,
 * and about of several, whose means are weighed alike. In other minutes there are only polls.
 */
export function requestsIn(
  minutes: readonly Minute[],
): Pick<DeployedQueueCounts, 'tasks' | 'workerRequests' | 'idlePolls'> {
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const busy = minutes.filter(({ ended }) => ended > 0);
  const quiet = minutes.filter(({ ended }) => ended === 0);
  return {
    tasks: sum(busy.map(({ ended }) => ended)),
    workerRequests: sum(busy.map(({ ended, requestsPerTask }) => ended * requestsPerTask)),
    idlePolls: sum(quiet.map(({ emptyReceives }) => emptyReceives)),
  };
}

/** In US dollars: of these hours, and of a month like them. */
export function costOfDeployment(
  { queues, writeUnits, readUnits }: DeploymentCounts,
  hours: number,
  { prices }: PriceTable,
) {
  const requests = queues.reduce(
    (sum, { sends, workerRequests, idlePolls }) => sum + sends + workerRequests + idlePolls,
    0,
  );
  const sqs = (requests / 1e6) * prices.sqsMillionRequests.usd;
  const writes = (writeUnits / 1e6) * prices.dynamodbMillionWriteUnits.usd;
  const reads = (readUnits / 1e6) * prices.dynamodbMillionReadUnits.usd;
  const total = sqs + writes + reads;
  return { sqs, writes, reads, total, perMonth: (total / hours) * HOURS_PER_MONTH };
}
