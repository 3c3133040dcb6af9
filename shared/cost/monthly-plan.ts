import type { PriceName, PriceTable } from './prices.ts';
import {
  type Arrival,
  HOURS_PER_MONTH,
  idlePollsPerMonth,
  type QueueCounts,
  sqsRequestsOf,
  type TaskCounts,
} from './task-cost.ts';

/** Source of a quantity: counted by running tasks, from the settings, an upper bound, or assumed. */
export type Basis = 'counted' | 'settings' | 'at most' | 'assumed';

export type PlanLine = {
  readonly service: string;
  readonly what: string;
  /** In a month. */
  readonly quantity: number;
  /** Unit of the price, e.g. a million requests for 1e6. */
  readonly per: number;
  readonly price: PriceName;
  readonly usd: number;
  readonly basis: Basis;
};

export type PlanInput = {
  readonly tasksPerMonth: number;
  /** Shares add up to 1. */
  readonly queues: readonly { readonly share: number; readonly counts: QueueCounts }[];
  readonly arrival: Arrival;
  /** On PostgreSQL it is paid by the capacity of the database, which is no part of this. */
  readonly isLogOnSql: boolean;
  /** Tasks in one request to the API, 1 to 100. */
  readonly batch: number;
  readonly payloadBytes: number;
  readonly fileBytes: number;
  readonly hasOwner: boolean;
  readonly hasEvents: boolean;
  readonly retentionDays: number;
  /** How long a task runs. */
  readonly averageSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly workers: number;
  readonly concurrency: number;
  readonly pollWaitSeconds: number;
  /** Duration of one request in a Lambda function, in milliseconds. */
  readonly lambdaMs: number;
};

export type MonthlyPlan = {
  readonly lines: readonly PlanLine[];
  readonly usd: number;
  /** Share of busy slots over all workers, 0 to 1; above 1 they cannot keep up. */
  readonly utilization: number;
  readonly workersNeeded: number;
};

/** As in ApiFunction and WorkerService of infra/constructs. */
const FUNCTION_GB = 0.5;
const WORKER = { vcpus: 0.25, gb: 0.5 };
/** Metrics of a queue that is busy around the clock: docs/metrics-and-traces.md. */
const METRICS_PER_QUEUE = 10;
/** The consumer of the table's stream: a new on-demand table has four partitions, each a shard. */
const STREAM = { shards: 4, windowSeconds: 5, writeUnits: 4, writeUnitsOfOwner: 2 };
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
/** A record stays under it; what does not fit has items of its own. */
const RECORD_BYTES = 1024;
const INLINE_BYTES = 256;
const GB = 1e9;

/** Estimates a month's cost at list prices, without free tier. A line "at most" is an upper bound. */
export function monthlyPlan(input: PlanInput, { prices }: PriceTable): MonthlyPlan {
  const line = (
    [service, what, basis]: readonly [string, string, Basis],
    quantity: number,
    per: number,
    price: PriceName,
  ): PlanLine[] => {
    const usd = (quantity / per) * prices[price].usd;
    return quantity > 0 ? [{ service, what, quantity, per, price, usd, basis }] : [];
  };
  const quantities = quantitiesOf(input);
  const { consumer, api, slots } = quantities;
  const gbSeconds = ((consumer.invocations + api) * FUNCTION_GB * input.lambdaMs) / 1000;
  const hours = input.workers * HOURS_PER_MONTH;
  const lines = [
    ...line(['SQS', 'tasks', 'counted'], quantities.sqs, 1e6, 'sqsMillionRequests'),
    ...line(['SQS', 'waiting polls', 'at most'], quantities.polls, 1e6, 'sqsMillionRequests'),
    ...line(
      ['SQS', 'leases renewed', 'at most'],
      quantities.sqsRenewals,
      1e6,
      'sqsMillionRequests',
    ),
    ...line(
      ['DynamoDB', 'write units of tasks', 'counted'],
      quantities.writes,
      1e6,
      'dynamodbMillionWriteUnits',
    ),
    ...line(
      ['DynamoDB', 'read units of tasks', 'counted'],
      quantities.reads,
      1e6,
      'dynamodbMillionReadUnits',
    ),
    ...line(
      ['DynamoDB', 'write units of heartbeats', 'at most'],
      quantities.heartbeats,
      1e6,
      'dynamodbMillionWriteUnits',
    ),
    ...line(
      ['DynamoDB', 'write units of statistics', 'at most'],
      consumer.writeUnits,
      1e6,
      'dynamodbMillionWriteUnits',
    ),
    ...line(['DynamoDB', 'records, GB', 'at most'], quantities.recordsGb, 1, 'dynamodbGbMonth'),
    ...line(['S3', 'puts', 'counted'], quantities.puts, 1000, 's3ThousandPuts'),
    ...line(['S3', 'gets', 'counted'], quantities.gets, 1000, 's3ThousandGets'),
    ...line(['S3', 'files, GB', 'settings'], quantities.filesGb, 1, 's3GbMonth'),
    ...line(['API Gateway', 'requests', 'settings'], api, 1e6, 'httpApiMillionRequests'),
    ...line(['Lambda', 'requests of the API', 'settings'], api, 1e6, 'lambdaMillionRequests'),
    ...line(
      ['Lambda', 'batches of the stream', 'at most'],
      consumer.invocations,
      1e6,
      'lambdaMillionRequests',
    ),
    ...line(['Lambda', 'GB-seconds', 'assumed'], gbSeconds, 1, 'lambdaGbSecond'),
    ...line(['Fargate', 'vCPU hours', 'settings'], hours * WORKER.vcpus, 1, 'fargateVcpuHour'),
    ...line(['Fargate', 'GB hours', 'settings'], hours * WORKER.gb, 1, 'fargateGbHour'),
    ...line(['VPC', 'public address, hours', 'settings'], hours, 1, 'publicIpv4Hour'),
    ...line(['CloudWatch', 'metrics', 'at most'], quantities.metrics, 1, 'cloudwatchMetricMonth'),
    ...line(['EventBridge', 'events', 'settings'], quantities.events, 1e6, 'eventsMillion'),
  ];
  return {
    lines,
    usd: lines.reduce((sum, { usd }) => sum + usd, 0),
    utilization: slots / (input.workers * input.concurrency),
    workersNeeded: Math.max(1, Math.ceil(slots / input.concurrency)),
  };
}

function quantitiesOf(input: PlanInput) {
  const { tasksPerMonth: tasks, queues, arrival, batch, workers, pollWaitSeconds } = input;
  const sum = (count: (counts: TaskCounts) => number): number =>
    queues.reduce(
      (all, { share, counts }) => all + tasks * share * count(countsOf(counts, input)),
      0,
    );
  const sqsQueues = queues.filter(({ counts }) => counts.broker === 'sqs');
  const lasting = queues.filter(({ counts }) => counts.broker !== 'memory').length;
  const stored = tasks * (input.retentionDays / DAYS_PER_MONTH);
  const payload = input.payloadBytes > INLINE_BYTES ? input.payloadBytes : 0;
  return {
    sqs: sum(sqsRequestsOf),
    polls: idlePollsPerMonth({ queues: sqsQueues.length, workers, pollWaitSeconds }),
    sqsRenewals: sqsQueues.reduce((all, { share }) => all + tasks * share, 0) * renewalsOf(input),
    heartbeats: input.isLogOnSql ? 0 : tasks * renewalsOf(input),
    writes: sum(({ writeUnits }) => writeUnits),
    reads: sum(({ readUnits }) => readUnits),
    puts: sum(({ s3Puts }) => s3Puts),
    gets: sum(({ s3Gets }) => s3Gets),
    recordsGb: input.isLogOnSql ? 0 : (stored * (RECORD_BYTES + payload)) / GB,
    filesGb: (stored * input.fileBytes) / GB,
    api: tasks / (arrival === 'burst' ? batch : 1),
    consumer: input.isLogOnSql ? { invocations: 0, writeUnits: 0 } : consumerOf(input),
    metrics: METRICS_PER_QUEUE * lasting,
    events: input.hasEvents ? tasks : 0,
    slots: (tasks * input.averageSeconds) / (HOURS_PER_MONTH * 3600),
  };
}

const countsOf = (counts: QueueCounts, { arrival }: PlanInput): TaskCounts => counts[arrival];

/** A lease is renewed once it is half over. Of one task alone, as if it never shared a request. */
const renewalsOf = ({ averageSeconds, visibilityTimeoutSeconds }: PlanInput): number =>
  Math.floor(averageSeconds / (visibilityTimeoutSeconds / 2));

/**
 * Each shard is read once per window in which something changed. With changes at random times that are
 * `windows × (1 - e^(-changes / windows))` in the mean. A task's first changes come together, and its end
 * with them if it is quick. Tasks that come in bursts share windows, which makes it cheaper.
 */
function consumerOf({ tasksPerMonth, averageSeconds, hasOwner }: PlanInput) {
  const windows = STREAM.shards * ((HOURS_PER_MONTH * 3600) / STREAM.windowSeconds);
  const changes = tasksPerMonth * (averageSeconds < STREAM.windowSeconds ? 1 : 2);
  const invocations = windows * (1 - Math.exp(-changes / windows));
  const perInvocation = STREAM.writeUnits + (hasOwner ? STREAM.writeUnitsOfOwner : 0);
  return { invocations, writeUnits: invocations * perInvocation };
}
