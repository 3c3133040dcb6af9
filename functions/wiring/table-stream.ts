import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { defined } from '../../shared/defined.ts';
import { resourcesFrom, tableOf } from '../../shared/deployment/resources.ts';
import {
  DynamodbStatsRepairStore,
  DynamodbStatsStore,
} from '../../shared/dynamodb/stats/stats-store.ts';

import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbTableStream } from '../../shared/dynamodb/table-stream.ts';
import { DynamodbTransactions } from '../../shared/dynamodb/transactions.ts';
import { ConfigInvalidError, LogUnavailableError } from '../../shared/errors.ts';
import { EventbridgeTaskEvents } from '../../shared/eventbridge/task-events.ts';
import { noTaskEvents } from '../../shared/events/task-events.ts';
import type { StatsRepairStore } from '../../shared/stats/stats-store.ts';
import type { TableStream } from '../../shared/table-stream/table-stream.ts';
import type { ConsumerDeps } from '../streams/table-stream-handler.ts';
import { awsSettings } from './aws-settings.ts';
import { createDynamodbClient } from './dynamodb.ts';
import type { Opened } from './storage.ts';
import { meterDynamodb, newUsage } from './usage-meter.ts';
import { configFrom, createLogger, type Wiring } from './wiring.ts';

export type StreamWiring = ConsumerDeps & Pick<Wiring, 'usage'> & { readonly table: string };

/** The parts of a process that consumes the table's stream. @throws {ConfigInvalidError} */
export function wireTableStream(env: NodeJS.ProcessEnv): StreamWiring {
  const config = configFrom(env);
  const resources = resourcesFrom(env, config);
  const usage = newUsage();
  const dynamodb = createDynamodbClient(env['AWS_ENDPOINT_URL_DYNAMODB'], awsSettings(env));
  meterDynamodb(dynamodb, usage);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const table = tableOf(resources);
  const transactions = new DynamodbTransactions(documents, table);
  const stats = new DynamodbStatsStore(new DynamodbTable(documents, table), transactions);
  const bus = config.events?.bus;
  const events =
    bus === undefined ? noTaskEvents : new EventbridgeTaskEvents(new EventBridgeClient(), bus);
  return { stats, events, usage, table, logger: createLogger() };
}

/** Wires the repair of the statistics. @throws {ConfigInvalidError} */
export async function wireStatsRepair(
  env: NodeJS.ProcessEnv,
  table: string,
  opened?: Opened,
): Promise<{ store: StatsRepairStore; stream: TableStream }> {
  const dynamodb = createDynamodbClient(env['AWS_ENDPOINT_URL_DYNAMODB'], awsSettings(env));
  opened?.(() => dynamodb.destroy());
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const store = new DynamodbStatsRepairStore(documents, table);
  return { store, stream: await openTableStream(env, table, opened) };
}

/** The stream of a table, to be read without Lambda. @throws {ConfigInvalidError} when there is none */
export async function openTableStream(
  env: NodeJS.ProcessEnv,
  table: string,
  opened?: Opened,
): Promise<TableStream> {
  const dynamodb = createDynamodbClient(env['AWS_ENDPOINT_URL_DYNAMODB'], awsSettings(env));
  opened?.(() => dynamodb.destroy());
  const arn = await dynamodb.send(new DescribeTableCommand({ TableName: table })).then(
    ({ Table }) => Table?.LatestStreamArn,
    (cause: Error) => {
      if (cause instanceof ResourceNotFoundException) return undefined;
      throw new LogUnavailableError(`describe table ${table}: ${cause.message}`, cause);
    },
  );
  if (arn !== undefined) {
    const endpoint = env['AWS_ENDPOINT_URL_DYNAMODB_STREAMS'];
    const client = new DynamoDBStreamsClient(defined({ ...awsSettings(env), endpoint }));
    opened?.(() => client.destroy());
    return new DynamodbTableStream(client, arn);
  }
  const message = `there is no table "${table}" with a stream in this account and region`;
  throw new ConfigInvalidError('of the task log', [{ path: '', message }]);
}
