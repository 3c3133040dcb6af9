import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { inject } from 'vitest';
import {
  createLocalResources,
  ensureTable,
  type LocalClients,
  type WithTable,
} from '../../functions/wiring/local-resources.ts';
import { meterDynamodb, newUsage, type Usage } from '../../functions/wiring/usage-meter.ts';
import { persistencesOf, type SqlUsers, type TaskQueueConfig } from '../../shared/config/config.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { SqsClient } from '../../shared/sqs/client.ts';
import { type AtTheEnd, migratedDatabase } from './postgres.ts';

export const ACCESS = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

/** The connections of all clients of a process. Tests make many clients, for few requests each. */
const requestHandler = new NodeHttpHandler();

type Queues = Pick<TaskQueueConfig, 'queues' | 'worker'>;

export const sqsClient = (endpoint = inject('endpoints').sqs, region = ACCESS.region): SQSClient =>
  new SQSClient({ ...ACCESS, endpoint, region, requestHandler });

/** As the code under test talks to SQS. */
export const ourSqsClient = (
  options: Partial<ConstructorParameters<typeof SqsClient>[0]> = {},
): SqsClient => new SqsClient({ ...ACCESS, endpoint: inject('endpoints').sqs, ...options });

export const dynamodbClient = (endpoint = inject('endpoints').dynamodb): DynamoDBClient =>
  new DynamoDBClient({ ...ACCESS, endpoint, requestHandler });

export const s3Client = (endpoint = inject('endpoints').s3): S3Client =>
  new S3Client({ ...ACCESS, endpoint, requestHandler, forcePathStyle: true });

const prefix = (): string => `${randomUUID().slice(0, 8)}-`;

/** The name of a table that no other test uses. */
export async function ownTable(): Promise<string> {
  const name = `${prefix()}task-log`;
  await ensureTable(creators().dynamodb, name, false);
  return name;
}

/** Queues, a table, a bucket and, where a queue needs it, a database that no other test uses. */
export const ownResources = async ({ queues, worker }: Queues): Promise<WithTable> =>
  createLocalResources({ queues, worker }, await ownServersFor({ queues }));

/** Creates the resources with the task log where the configuration has it. */
export const resourcesOf = async (
  config: TaskQueueConfig,
  atTheEnd?: AtTheEnd,
): Promise<Resources> => createLocalResources(config, await ownServersFor(config, atTheEnd));

let shared: Pick<LocalClients, 'sqs' | 's3' | 'dynamodb'> | undefined;

/** The clients that create resources. Every new client would open connections of its own. */
function creators() {
  shared ??= { sqs: sqsClient(), s3: s3Client(), dynamodb: dynamodbClient() };
  return shared;
}

const ownServersFor = async (config: SqlUsers, atTheEnd?: AtTheEnd): Promise<LocalClients> => ({
  ...creators(),
  prefix: prefix(),
  ...(persistencesOf(config).length > 0 && { databaseUrl: await migratedDatabase(atTheEnd) }),
});

/** A document client that adds what it consumes to `usage`. */
export function meteredDocuments(usage: Usage = newUsage()): DynamoDBDocumentClient {
  const client = dynamodbClient();
  meterDynamodb(client, usage);
  return DynamoDBDocumentClient.from(client);
}
