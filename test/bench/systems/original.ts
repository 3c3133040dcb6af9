import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { seededRandom } from '../../chaos/seeded-random.ts';
import type { JobQueue } from '../job.ts';
import { parametersOf, type StartSystem, type SystemContext } from './system.ts';

/**
 * The way the PHP original works, written anew: draw a queue by weight, wait for that queue alone,
 * run one task, delete its message, draw again. What a poll brought is kept by queue for the draws
 * to come. One task at a time, so there is one loop for each task that is to run at once. Its pause
 * of a second after an empty poll is left out.
 */
export const startOriginal: StartSystem = (context) => {
  const { concurrency, seed } = context.job;
  for (let loop = 0; loop < concurrency; loop++) {
    void work(context, context.createClient(), seededRandom(seed * 1000 + loop));
  }
};

/** A single worker process of the original. */
export const startOriginalSingle: StartSystem = (context) =>
  void work(context, context.createClient(), seededRandom(context.job.seed));

async function work(
  { job, recorder }: SystemContext,
  client: SQSClient,
  random: () => number,
): Promise<void> {
  const fetched = new Map<JobQueue, Message[]>(job.queues.map((queue) => [queue, []]));
  for (;;) {
    const queue = draw(job.queues, random());
    const messages = fetched.get(queue) ?? [];
    if (messages.length === 0) messages.push(...(await poll(client, queue)));
    const message = messages.shift();
    if (!message) continue;
    await recorder.run(parametersOf(message.Body));
    const { ReceiptHandle } = message;
    await client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
  }
}

async function poll(client: SQSClient, { url }: JobQueue): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
  );
  return Messages;
}

function draw(queues: readonly JobQueue[], random: number): JobQueue {
  let ticket = random * queues.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = queues.find(({ weight }) => {
    ticket -= weight;
    return ticket < 0;
  });
  if (!drawn) throw new Error('no queue to draw from');
  return drawn;
}
