import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { meterSqs, type Usage } from '../../functions/wiring/usage-meter.ts';
import { pause } from '../../shared/clock.ts';
import type { Job } from './job.ts';
import type { Recorder } from './recorder.ts';

/** More than any system has requests under way: nobody waits for a connection. */
const MAX_SOCKETS = 250;

/** The SQS client of every system but ours, which brings its own. */
export const createSqsClient = (endpoint: string): SQSClient =>
  new SQSClient({
    endpoint,
    requestHandler: {
      connectionTimeout: 3000,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  });

/** Counts the requests and deleted messages of a client, and gives each request its round trip. */
export function instrument(
  client: SQSClient,
  { roundTripMs }: Pick<Job, 'roundTripMs'>,
  usage: Usage,
  recorder: Recorder,
): SQSClient {
  const count = meterSqs(usage);
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        count(
          commandName.replace(/Command$/, ''),
          'QueueUrl' in args.input ? (args.input.QueueUrl ?? '') : '',
        );
        return next(args);
      },
    { step: 'deserialize', name: 'countRequests' },
  );
  delayRequests(client, roundTripMs);
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      commandName.startsWith('DeleteMessage')
        ? async (args) => {
            const result = await next(args);
            recorder.acked(deleted(args.input, result.output));
            return result;
          }
        : next,
    { step: 'initialize', name: 'countAcked' },
  );
  return client;
}

/** Every request starts so much later: the same for each system, without a proxy in between. */
export function delayRequests(client: SQSClient | DynamoDBClient, roundTripMs: number): void {
  if (roundTripMs === 0) return;
  const options = { step: 'finalizeRequest', name: 'roundTrip' } as const;
  const delayed =
    <Args, Result>(next: (args: Args) => Promise<Result>) =>
    async (args: Args): Promise<Result> => {
      await pause(roundTripMs);
      return next(args);
    };
  if (client instanceof SQSClient) client.middlewareStack.add(delayed, options);
  else client.middlewareStack.add(delayed, options);
}

/** Messages that one DeleteMessage or DeleteMessageBatch has deleted. */
function deleted(input: object, output: object): number {
  if (!('Entries' in input)) return 1;
  const failed = 'Failed' in output ? (output.Failed as unknown[] | undefined) : undefined;
  return (input.Entries as unknown[]).length - (failed?.length ?? 0);
}
