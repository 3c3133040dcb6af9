import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { ourSqsClient, sqsClient } from '../support/aws.ts';
import { isSignedBy } from '../support/sigv4-verifier.ts';

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

/** An endpoint that answers its requests in turn, and the last answer from then on. */
async function serverThat(...answers: Answer[]) {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    seen.push(String(request.headers['x-amz-target']));
    (answers.length > 1 ? answers.shift() : answers[0])?.(response, request, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const refusal =
  (status: number, code: string, message = 'of the test', headers = {}): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }));
  };
const success: Answer = (response) => response.end('{"Attributes":{"DelaySeconds":"7"}}');

const ask = (endpoint: string, milliseconds = 5000) =>
  ourSqsClient({ endpoint }).call(
    'GetQueueAttributes',
    { QueueUrl: `${endpoint}/1/queue`, AttributeNames: ['DelaySeconds'] },
    AbortSignal.timeout(milliseconds),
  );

test.each([
  ['our client', (endpoint: string): Promise<unknown> => ask(endpoint)],
  [
    'the SDK',
    (endpoint: string): Promise<unknown> =>
      sqsClient(endpoint).send(new GetQueueAttributesCommand({ QueueUrl: endpoint })),
  ],
])('a request of %s carries a signature that AWS accepts', async (_name, send) => {
  const verdicts: boolean[] = [];
  const { endpoint } = await serverThat((response, request, body) => {
    verdicts.push(isSignedBy('test', request, body), isSignedBy('other', request, body));
    success(response, request, body);
  });

  await send(endpoint);

  expect(verdicts).toEqual([true, false]);
});

test('without an endpoint of its own, a request goes to the host of the queue URL', async () => {
  const { endpoint, seen } = await serverThat(success);
  const client = ourSqsClient({ endpoint: undefined });

  await client.call(
    'GetQueueAttributes',
    { QueueUrl: `${endpoint}/1/q` },
    AbortSignal.timeout(500),
  );

  expect(seen).toEqual(['AmazonSQS.GetQueueAttributes']);
});

test.each([
  ['a throttled request', refusal(400, 'RequestThrottled')],
  ['a failure of the server', refusal(503, 'ServiceUnavailable')],
  ['a reset connection', ((response) => response.destroy()) satisfies Answer],
  ['an answer of a proxy', ((r) => r.writeHead(502).end('<html>')) satisfies Answer],
])('%s is tried again', async (_name, failure) => {
  const { endpoint, seen } = await serverThat(failure, failure, success);

  await expect(ask(endpoint)).resolves.toMatchObject({ Attributes: { DelaySeconds: '7' } });
  expect(seen).toHaveLength(3);
});

test('after three attempts the last failure is thrown', async () => {
  const { endpoint, seen } = await serverThat(refusal(500, 'InternalError', 'on fire'));

  await expect(ask(endpoint)).rejects.toMatchObject({ name: 'InternalError', message: 'on fire' });
  expect(seen).toHaveLength(3);
});

test('a request that SQS refuses is not retried, and the error has its code', async () => {
  const { endpoint, seen } = await serverThat(refusal(400, 'QueueDoesNotExist', 'no such queue'));

  await expect(ask(endpoint)).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
    message: 'no such queue',
  });
  expect(seen).toHaveLength(1);
});

test('a machine whose clock is wrong signs with the time of SQS from its second attempt on', async () => {
  const serverTime = Date.now() + 3_600_000;
  const dates: number[] = [];
  const note = (request: IncomingMessage): void => {
    const compact = String(request.headers['x-amz-date']);
    dates.push(Date.parse(compact.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')));
  };
  const { endpoint } = await serverThat(
    (response, request, body) => {
      note(request);
      const headers = { date: new Date(serverTime).toUTCString() };
      refusal(403, 'SignatureDoesNotMatch', 'expired', headers)(response, request, body);
    },
    (response, request, body) => {
      note(request);
      success(response, request, body);
    },
  );

  await ask(endpoint);

  expect(dates[0]).toBeLessThan(serverTime - 3_000_000);
  expect(Math.abs((dates[1] ?? 0) - serverTime)).toBeLessThan(10_000);
});

test.each([
  ['sends nothing', (() => {}) satisfies Answer],
  ['stops in the middle of its answer', ((response) => response.write('{"Attr')) satisfies Answer],
])('a server that %s is given up at the time limit', async (_name, hang) => {
  const { endpoint } = await serverThat(hang as Answer);

  await expect(ask(endpoint, 300)).rejects.toThrow(`${endpoint} did not answer in time`);
});
