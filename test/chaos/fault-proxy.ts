import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pause } from '../../shared/clock.ts';

const GENERAL_FAULTS = [
  /** The connection breaks before the server has seen the request. */
  'reset before',
  /** The server has done it, and the answer gets lost. */
  'reset after',
  'error 500',
  'throttled',
  'delayed',
] as const;

const OWN_FAULTS = new Map<string, 'duplicated' | 'delete failed' | 'conflict'>([
  /** Every message is delivered twice. */
  ['SendMessageBatch', 'duplicated'],
  /** Answered as failed, and nothing is deleted. */
  ['DeleteMessageBatch', 'delete failed'],
  /** Somebody else writes to the same items just now. */
  ['TransactWriteItems', 'conflict'],
]);

type Fault =
  | (typeof GENERAL_FAULTS)[number]
  | 'duplicated'
  | 'delete failed'
  | 'conflict'
  | 'outage';

const THROTTLED_BY = {
  AmazonSQS: 'com.amazonaws.sqs#RequestThrottled',
  DynamoDB_20120810: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
};

const CONFLICT = {
  __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
};

/** Sits in front of an AWS protocol server and lets requests go wrong, by a seeded chance. */
export class FaultProxy {
  readonly injected: Record<Fault, number> = {
    'reset before': 0,
    'reset after': 0,
    'error 500': 0,
    throttled: 0,
    delayed: 0,
    duplicated: 0,
    'delete failed': 0,
    conflict: 0,
    outage: 0,
  };
  /** Chance of a fault per request, 0 to 1. */
  rate = 0;
  /** While true, every connection breaks. */
  isOut = false;
  url = '';
  readonly #target: URL;
  readonly #random: () => number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch(() => request.socket.destroy());
  });

  constructor(target: string, random: () => number) {
    this.#target = new URL(target);
    this.#random = random;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const target = String(request.headers['x-amz-target'] ?? '');
    const fault = this.#draw(target);
    if (fault) this.injected[fault] += 1;

    if (fault === 'outage' || fault === 'reset before') return void request.socket.destroy();
    const refusal = fault && refusalOf(fault, target, body);
    if (refusal) return answer(response, ...refusal);
    if (fault === 'delayed') await pause(50 + this.#random() * 1500);
    if (fault === 'duplicated') await this.#forward(request, body);
    const { status, headers, text } = await this.#forward(request, body);
    if (fault === 'reset after') return void request.socket.destroy();
    response.writeHead(status, headers).end(text);
  }

  #draw(target: string): Fault | undefined {
    if (this.isOut) return 'outage';
    if (this.#random() >= this.rate) return undefined;
    // The faults that only one kind of request can have come up for half of those that go wrong.
    const own = OWN_FAULTS.get(target.split('.')[1] ?? '');
    if (own && this.#random() < 0.5) return own;
    return GENERAL_FAULTS[Math.floor(this.#random() * GENERAL_FAULTS.length)];
  }

  #forward(request: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingHttpHeaders; text: Buffer }>(
      (resolve, reject) => {
        const forwarded = httpRequest(
          new URL(request.url ?? '/', this.#target),
          { method: request.method, headers: request.headers, agent: this.#agent },
          async (reply) => {
            const chunks: Buffer[] = [];
            for await (const chunk of reply) chunks.push(chunk as Buffer);
            const { statusCode: status = 500, headers } = reply;
            resolve({ status, headers, text: Buffer.concat(chunks) });
          },
        );
        forwarded.on('error', reject);
        forwarded.end(body);
      },
    );
  }
}

/** Status and body of a fault that the proxy answers by itself. */
function refusalOf(fault: string, target: string, body: Buffer): [number, object] | undefined {
  switch (fault) {
    case 'error 500':
      return [500, { __type: 'InternalFailure' }];
    case 'throttled':
      return [400, { __type: throttleOf(target) }];
    case 'delete failed':
      return [200, { Failed: allFailed(body) }];
    case 'conflict':
      return [400, CONFLICT];
    default:
      return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}

function throttleOf(target: string): string {
  const service = target.split('.')[0] as keyof typeof THROTTLED_BY;
  return THROTTLED_BY[service] ?? 'ThrottlingException';
}

function allFailed(body: Buffer): object[] {
  const { Entries } = JSON.parse(body.toString()) as { Entries: { Id: string }[] };
  return Entries.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
}
