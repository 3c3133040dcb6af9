import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';

/**
 * What one would write oneself: every line as a message, ten a request, so many requests at a time. It
 * checks nothing, records nothing and cannot go on after a crash.
 */
async function sendAll(path: string, queueUrl: string, parallel: number): Promise<void> {
  const sqs = new SQSClient({ endpoint: process.env['AWS_ENDPOINT_URL_SQS'] ?? '' });
  const lines = createInterface({ input: createReadStream(path) });
  const sending = new Set<Promise<void>>();
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    batch = [];
    const sent = sqs
      .send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
      .then(({ Failed = [] }) => {
        if (Failed.length > 0) throw new Error(`${Failed.length} messages were refused`);
        sending.delete(sent);
      });
    sending.add(sent);
    if (sending.size >= parallel) await Promise.race(sending);
  };
  for await (const line of lines) {
    batch.push(line);
    if (batch.length === 10) await flush();
  }
  if (batch.length > 0) await flush();
  await Promise.all(sending);
}

const [path = '', queueUrl = '', parallel = ''] = process.argv.slice(2);
await sendAll(path, queueUrl, Number(parallel));
process.exit(0);
