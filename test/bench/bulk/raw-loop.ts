import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { taskKey } from '../../../shared/dynamodb/task-log/items.ts';
import { newTaskId } from '../../../shared/ids.ts';

/** Sends ten lines. */
type Send = (lines: readonly string[]) => Promise<void>;

const [path = '', mode = '', parallel = '', queueUrl = '', table = ''] = process.argv.slice(2);

/**
 * A hand-written loop. It checks nothing and cannot continue after a crash. `messages` sends every
 * line as a message, ten per request. `records` also puts a conditional record for each line. `log`
 * puts only the records, ten per request, and overwrites existing ones.
 */
const MODES: Record<string, () => Send> = {
  messages: () => sendMessages(),
  records: () => {
    const send = sendMessages();
    const dynamodb = dynamodbClient();
    const ConditionExpression = 'attribute_not_exists(pk)';
    const put = (Item: ReturnType<typeof recordOf>) =>
      dynamodb.send(new PutItemCommand({ TableName: table, Item, ConditionExpression }));
    return async (lines) => {
      await send(lines);
      await Promise.all(lines.map(recordOf).map(put));
    };
  },
  log: () => {
    const dynamodb = dynamodbClient();
    return async (lines) => {
      const requests = lines.map((line) => ({ PutRequest: { Item: recordOf(line) } }));
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    };
  },
};

const dynamodbClient = (): DynamoDBClient =>
  new DynamoDBClient({ endpoint: process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' });

function sendMessages(): Send {
  const sqs = new SQSClient({ endpoint: process.env['AWS_ENDPOINT_URL_SQS'] ?? '' });
  return async (lines) => {
    const Entries = lines.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
    const { Failed = [] } = await sqs.send(command);
    if (Failed.length > 0) throw new Error(`${Failed.length} messages were refused`);
  };
}

/** A record of the same size as the task log's. */
function recordOf(line: string) {
  const { name, label, parameters } = JSON.parse(line) as Record<string, unknown>;
  const now = new Date().toISOString();
  return marshall({
    ...taskKey(newTaskId()),
    ...{ name, label, parameters: JSON.stringify(parameters), queue: 'bulk', status: 'enqueued' },
    ...{ claims: 0, snoozes: 0, createdAt: now, updatedAt: now, expiresAt: 1_900_000_000 },
  });
}

async function sendAll(send: Send): Promise<void> {
  const sending = new Set<Promise<void>>();
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    const sent = send(batch).then(() => {
      sending.delete(sent);
    });
    batch = [];
    sending.add(sent);
    if (sending.size >= Number(parallel)) await Promise.race(sending);
  };
  for await (const line of createInterface({ input: createReadStream(path) })) {
    batch.push(line);
    if (batch.length === 10) await flush();
  }
  if (batch.length > 0) await flush();
  await Promise.all(sending);
}

const send = MODES[mode]?.();
if (!send) throw new Error(`no such mode: ${mode}`);
const startedAt = performance.now();
await sendAll(send);
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(JSON.stringify({ seconds }), () => process.exit());
