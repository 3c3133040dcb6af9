import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Output,
} from '@aws-sdk/client-cloudformation';
import type { Dimension, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { chunksOf } from '../../shared/batches.ts';
import {
  type DeploymentCounts,
  type Minute,
  requestsIn,
} from '../../shared/cost/deployment-counts.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { resourcesOfOutputs } from '../../shared/deployment/stack-outputs.ts';
import { TABLE_INDEXES } from '../../shared/deployment/table.ts';
import { awsSettings } from './aws-settings.ts';

/**
 * The value of `TASK_QUEUE_RESOURCES` for a deployed stack: the Data stack's own name, or its name
 * without `-Data`, as in `TaskQueue`. `undefined`: there is none, in this account and region.
 * @throws whatever AWS answers otherwise
 */
export async function findDeployedStack(
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const client = new CloudFormationClient(awsSettings(env));
  try {
    for (const candidate of [name, `${name}-Data`]) {
      const outputs = await outputsOf(client, candidate);
      const resources = resourcesOfOutputs(
        outputs.map(({ OutputKey: key = '', OutputValue: value = '' }) => ({ key, value })),
      );
      if (resources !== undefined) return resources;
    }
    return undefined;
  } finally {
    client.destroy();
  }
}

async function outputsOf(client: CloudFormationClient, StackName: string): Promise<Output[]> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.Outputs ?? [];
  } catch (error) {
    // CloudFormation's answer for a stack that does not exist.
    if (error instanceof CloudFormationServiceException && error.name === 'ValidationError')
      return [];
    throw error;
  }
}

export type StackMetricsOptions = {
  readonly resources: Resources;
  readonly queues: readonly string[];
  /** 1 to 360: CloudWatch keeps minutes for 15 days. */
  readonly hours: number;
  /** Dimension `service` of the workers' metrics. */
  readonly service: string;
  /** Region and credentials are in it. */
  readonly env: NodeJS.ProcessEnv;
};

const MINUTE_S = 60;
const HOUR_S = 3600;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MAX_QUERIES = 500;

/** Points of a metric by time, in milliseconds since 1970. */
type Points = ReadonlyMap<number, number>;

/**
 * Reads what the workers' metrics, SQS and DynamoDB say of a deployment. Needs `cloudwatch:GetMetricData`.
 * @throws what AWS answers otherwise
 */
export async function readStackMetrics(options: StackMetricsOptions): Promise<DeploymentCounts> {
  const { resources, queues, service } = options;
  const tables = resources.table === undefined ? [] : withIndexes(resources.table);
  const queries = [
    ...queues.flatMap((queue, index) => queriesOf(queue, index, resources, service)),
    ...tables.flatMap((dimensions, index) => [
      query(`w${index}`, 'AWS/DynamoDB', 'ConsumedWriteCapacityUnits', dimensions),
      query(`r${index}`, 'AWS/DynamoDB', 'ConsumedReadCapacityUnits', dimensions),
    ]),
  ];
  const found = await readAll(queries, options);
  const total = (prefix: string): number =>
    tables.reduce((sum, _, index) => sum + sumOf(found.get(`${prefix}${index}`)), 0);
  return {
    writeUnits: total('w'),
    readUnits: total('r'),
    queues: queues.map((queue, index) => ({
      queue,
      sends: sumOf(found.get(`sent${index}`)),
      ...requestsIn(minutesOf(found, index)),
    })),
  };
}

function withIndexes(name: string): Dimension[][] {
  const table = { Name: 'TableName', Value: name };
  return [
    [table],
    ...TABLE_INDEXES.map((index) => [
      table,
      { Name: 'GlobalSecondaryIndexName', Value: index.name },
    ]),
  ];
}

function queriesOf(queue: string, index: number, resources: Resources, service: string) {
  const ours = [
    { Name: 'service', Value: service },
    { Name: 'queue', Value: queue },
  ];
  const name = resources.queues[queue]?.url.split('/').at(-1) ?? queue;
  const minutely = (id: string, metric: string, Stat = 'Sum') =>
    query(`${id}${index}`, 'TaskQueue', metric, ours, { Stat, Period: MINUTE_S });
  return [
    minutely('completed', 'Completed'),
    minutely('failed', 'Failed'),
    minutely('empty', 'EmptyReceives'),
    minutely('ratio', 'RequestsPerTask', 'Average'),
    query(`sent${index}`, 'AWS/SQS', 'NumberOfMessagesSent', [{ Name: 'QueueName', Value: name }]),
  ];
}

const query = (
  Id: string,
  Namespace: string,
  MetricName: string,
  Dimensions: Dimension[],
  { Stat, Period } = { Stat: 'Sum', Period: HOUR_S },
): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat, Period },
});

function minutesOf(found: ReadonlyMap<string, Points>, index: number): Minute[] {
  const [completed, failed, empty, ratio] = ['completed', 'failed', 'empty', 'ratio'].map(
    (id): Points => found.get(`${id}${index}`) ?? new Map(),
  );
  const times = new Set(
    [completed, failed, empty].flatMap((points) => (points ? [...points.keys()] : [])),
  );
  return [...times].map((time) => ({
    ended: (completed?.get(time) ?? 0) + (failed?.get(time) ?? 0),
    requestsPerTask: ratio?.get(time) ?? 0,
    emptyReceives: empty?.get(time) ?? 0,
  }));
}

const sumOf = (points: Points = new Map()): number =>
  [...points.values()].reduce((sum, value) => sum + value, 0);

/** Up to the last full minute. */
async function readAll(
  queries: readonly MetricDataQuery[],
  { hours, env }: Pick<StackMetricsOptions, 'hours' | 'env'>,
) {
  const { CloudWatchClient, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient(awsSettings(env));
  const EndTime = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const StartTime = new Date(EndTime.getTime() - hours * HOUR_S * 1000);
  const found = new Map<string, Map<number, number>>();
  try {
    for (const MetricDataQueries of chunksOf(queries, MAX_QUERIES)) {
      let NextToken: string | undefined;
      do {
        const page = await client.send(
          new GetMetricDataCommand({ MetricDataQueries, StartTime, EndTime, NextToken }),
        );
        for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
          const points = found.get(Id) ?? new Map<number, number>();
          Timestamps.forEach((time, index) => void points.set(time.getTime(), Values[index] ?? 0));
          found.set(Id, points);
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    }
    return found;
  } finally {
    client.destroy();
  }
}
