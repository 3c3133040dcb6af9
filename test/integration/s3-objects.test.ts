import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { S3FileStore } from '../../shared/s3/file-store.ts';
import { S3Objects } from '../../shared/s3/objects.ts';
import { aConfig } from '../support/a-config.ts';
import { ACCESS, ownResources, s3Client } from '../support/aws.ts';
import { isSignedBy } from '../support/sigv4-verifier.ts';

const PAYLOAD = {
  key: 'payloads/01ARZ3NDEKTSV4RRFFQ69G5FAV',
  content: Buffer.from('{"text":"Grüße 🙂"}'),
  contentType: 'application/json',
};

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

/** An endpoint that answers its requests in turn, and the last answer from then on. */
async function serverThat(...answers: Answer[]) {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    seen.push(`${request.method} ${request.url}`);
    (answers.length > 1 ? answers.shift() : answers[0])?.(response, request, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const success: Answer = (response) => response.end();
const refusal =
  (status: number, code: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>of the test</Message></Error>`);
  };

const put = (endpoint: string) => new S3Objects(`${endpoint}/files`, ACCESS).put(PAYLOAD);

test('parameters that are put aside are read back by the file store', async () => {
  const { bucket = { name: '', url: '' } } = await ownResources(aConfig());

  const bytes = await new S3Objects(bucket.url, ACCESS).put(PAYLOAD);

  const stored = await new S3FileStore(async () => s3Client(), bucket, ACCESS).get(PAYLOAD.key);
  expect(bytes).toBe(PAYLOAD.content.length);
  expect(Buffer.from(stored ?? [])).toEqual(PAYLOAD.content);
});

test('a download address is signed as in the example of the S3 documentation', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2013-05-24T00:00:00Z') });
  onTestFinished(() => void vi.useRealTimers());
  const credentials = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const access = { region: 'us-east-1', credentials };
  const objects = new S3Objects('https://examplebucket.s3.amazonaws.com', access);

  const url = new URL(await objects.downloadUrl('test.txt', 86_400));

  expect(url.origin + url.pathname).toBe('https://examplebucket.s3.amazonaws.com/test.txt');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  });
});

test.each([
  ['reading', (objects: S3Objects): Promise<unknown> => objects.get('files/1'), 'GET'],
  ['deleting', (objects: S3Objects): Promise<unknown> => objects.delete('files/1'), 'DELETE'],
])('%s is signed, and tried again', async (_name, act, method) => {
  const verdicts: boolean[] = [];
  const { endpoint, seen } = await serverThat(
    refusal(503, 'SlowDown'),
    (response, request, body) => {
      verdicts.push(isSignedBy('test', request, body));
      success(response, request, body);
    },
  );

  await act(new S3Objects(`${endpoint}/files`, ACCESS));

  expect(verdicts).toEqual([true]);
  expect(seen).toEqual([`${method} /files/files/1`, `${method} /files/files/1`]);
});

test.each([
  ['the payload store', put],
  [
    'the SDK',
    (endpoint: string): Promise<unknown> =>
      s3Client(endpoint).send(
        new PutObjectCommand({ Bucket: 'files', Key: PAYLOAD.key, Body: PAYLOAD.content }),
      ),
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

test.each([
  ['a throttled request', refusal(503, 'SlowDown')],
  ['a failure of the server', refusal(500, 'InternalError')],
  ['a reset connection', ((response) => response.destroy()) satisfies Answer],
])('%s is tried again', async (_name, failure) => {
  const { endpoint, seen } = await serverThat(failure, failure, success);

  await put(endpoint);

  expect(seen).toEqual(Array(3).fill(`PUT /files/${PAYLOAD.key}`));
});

test('a request that S3 refuses is not retried, and the caller gets the error', async () => {
  const { endpoint, seen } = await serverThat(refusal(403, 'AccessDenied'));

  await expect(put(endpoint)).rejects.toMatchObject({
    code: 'FILES_UNAVAILABLE',
    cause: { name: 'AccessDenied', message: 'of the test' },
  });
  expect(seen).toHaveLength(1);
});
