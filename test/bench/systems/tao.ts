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
 * Works like TAO's Task Queue in PHP: draws a queue by weight, long-polls only that queue, runs one
 * task, deletes its message and draws again. Further messages of a poll wait for later draws. Each
 * loop runs one task at a time, so concurrency is the number of loops. Leaves out TAO's pause of one
 * second after an empty poll.
 */
export const startTao: StartSystem = (context) => {
  const { concurrency, seed } = context.job;
  for (let loop = 0; loop < concurrency; loop++) {
    void work(context, context.createClient(), seededRandom(seed * 1000 + loop));
  }
};

/** A single worker process of TAO. */
export const startTaoSingle: StartSystem = (context) =>
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
