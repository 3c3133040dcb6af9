import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { parametersOf, type StartSystem, type SystemContext } from './system.ts';

const BATCH = 10;

/**
 * sqs-consumer as it comes: one message at a time per consumer, each deleted by itself. It knows
 * neither weights nor slots that queues share, so each queue has consumers of its own, as many as
 * tasks are to run at once.
 */
export const startSqsConsumer: StartSystem = (context) => {
  const { job, recorder } = context;
  const handleMessage = async (message: Message): Promise<Message> => {
    await recorder.run(parametersOf(message.Body));
    return message;
  };
  startAll(context, job.concurrency, (queueUrl, sqs) =>
    Consumer.create({ queueUrl, sqs, handleMessage }),
  );
};

/** Its batch mode: ten messages at a time per consumer, run at once, deleted with one request. */
export const startSqsConsumerBatch: StartSystem = (context) => {
  const { job, recorder } = context;
  const handleMessageBatch = async (messages: Message[]): Promise<Message[]> => {
    await Promise.all(messages.map(({ Body }) => recorder.run(parametersOf(Body))));
    return messages;
  };
  startAll(context, job.concurrency / BATCH, (queueUrl, sqs) =>
    Consumer.create({ queueUrl, sqs, batchSize: BATCH, handleMessageBatch }),
  );
};

function startAll(
  { job, createClient }: SystemContext,
  perQueue: number,
  create: (queueUrl: string, sqs: SQSClient) => Consumer,
): void {
  const client = createClient();
  for (const { url } of job.queues) {
    for (let count = 0; count < perQueue; count++) {
      const consumer = create(url, client);
      consumer.on('error', fail);
      consumer.on('processing_error', fail);
      consumer.start();
    }
  }
}

function fail(error: Error): never {
  throw error;
}
