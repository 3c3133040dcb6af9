import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';

export type SentEntry = {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  /** Seconds since 1970. */
  readonly Time: number;
};

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

/** A server that accepts PutEvents with EventBridge's limits, and refuses the entries a test names. */
export async function startEventBusServer() {
  const taken: SentEntry[] = [];
  /** Entries in each request. */
  const requests: number[] = [];
  const bus = {
    /** Why an entry is refused, if it is. */
    refusalOf: (_entry: SentEntry): string | undefined => undefined,
    /** Whether requests as a whole fail. */
    isDown: false,
  };

  const answer = (entries: readonly SentEntry[]): { status: number; body: object } => {
    requests.push(entries.length);
    const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
    if (bus.isDown) return { status: 500, body: { __type: 'InternalException' } };
    if (entries.length > MAX_ENTRIES || bytes > MAX_BYTES) {
      return { status: 400, body: { __type: 'ValidationException', message: 'too large' } };
    }
    const refusals = entries.map(bus.refusalOf);
    taken.push(...entries.filter((_, index) => refusals[index] === undefined));
    const Entries = refusals.map((ErrorCode, index) =>
      ErrorCode === undefined
        ? { EventId: `event-${requests.length}-${index}` }
        : { ErrorCode, ErrorMessage: 'refused by the test' },
    );
    const FailedEntryCount = refusals.filter((refusal) => refusal !== undefined).length;
    return { status: 200, body: { FailedEntryCount, Entries } };
  };

  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await textOf(request)) as { Entries: SentEntry[] };
    const isPut = request.headers['x-amz-target'] === 'AWSEvents.PutEvents';
    const { status, body } = isPut ? answer(Entries) : { status: 400, body: {} };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new EventBridgeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxAttempts: 1,
  });
  const close = (): void => {
    client.destroy();
    server.close();
  };
  return { bus, client, taken, requests, close };
}

/** As EventBridge counts: 14 bytes for the time, and the texts. */
const bytesOf = ({ Source, DetailType, Detail }: SentEntry): number =>
  14 + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
