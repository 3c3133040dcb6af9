import { Agent, request } from 'node:http';
import { pause } from '../../../shared/clock.ts';
import { parametersOf, type StartSystem, type SystemContext } from './system.ts';

const BATCH = 10;

type ReceivedMessage = { readonly Body: string; readonly ReceiptHandle: string };

/** The loop of `raw` without the SDK: JSON over keep-alive connections, not signed, not checked. */
export const startHttp: StartSystem = (context) => {
  const agent = new Agent({ keepAlive: true });
  for (let loop = 0; loop < context.job.concurrency / BATCH; loop++) void work(context, agent);
};

async function work(context: SystemContext, agent: Agent): Promise<void> {
  const { job, recorder } = context;
  const QueueUrl = job.queues[0]?.url;
  const receive = { QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: 20 };
  for (;;) {
    const answer = await call(context, agent, 'ReceiveMessage', receive);
    const { Messages = [] } = answer as { Messages?: ReceivedMessage[] };
    if (Messages.length === 0) continue;
    await Promise.all(Messages.map(({ Body }) => recorder.run(parametersOf(Body))));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    await call(context, agent, 'DeleteMessageBatch', { QueueUrl, Entries });
    recorder.acked(Entries.length);
  }
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html */
async function call(
  { job, usage: { sqsRequests } }: SystemContext,
  agent: Agent,
  operation: string,
  input: object,
): Promise<unknown> {
  sqsRequests[operation] = (sqsRequests[operation] ?? 0) + 1;
  if (job.roundTripMs > 0) await pause(job.roundTripMs);
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `AmazonSQS.${operation}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(job.sqs, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${operation}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
