import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { parametersOf, type StartSystem, type SystemContext } from './system.ts';

const BATCH = 10;

/**
 * The least that a consumer on the AWS SDK can do: receive ten, run them at once, delete them with
 * one request, again. One loop for every ten tasks at once.
 */
export const startRaw: StartSystem = (context) => {
  for (let loop = 0; loop < context.job.concurrency / BATCH; loop++) void work(context);
};

async function work({ job, recorder, createClient }: SystemContext): Promise<void> {
  const client = createClient();
  const QueueUrl = job.queues[0]?.url;
  const receive = { QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: 20 };
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand(receive));
    if (Messages.length === 0) continue;
    await Promise.all(Messages.map(({ Body }) => recorder.run(parametersOf(Body))));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
