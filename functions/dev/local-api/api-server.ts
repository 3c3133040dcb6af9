import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { corsPolicyOf } from '../../../shared/deployment/cors.ts';
import type { ApiLambda } from '../../../shared/deployment/routes.ts';
import { TaskQueueError } from '../../../shared/errors.ts';
import { type ApiContext, type ApiHandler, httpHandler } from '../../api/http.ts';
import { lambdaFor } from '../../api/match-route.ts';
import { docsRoutes, enqueueRoutes, manageRoutes, queryRoutes } from '../../api/routes.ts';
import { startTracing } from '../../telemetry/start-tracing.ts';
import { createFileStore } from '../../wiring/file-store.ts';
import { runSyncAs } from '../../wiring/run-sync.ts';
import { wire } from '../../wiring/wiring.ts';
import { corsHeaders, isPreflight, toApiEvent } from './api-gateway.ts';

/** API Gateway takes no larger body. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The Lambdas of the HTTP API behind a plain HTTP server, on 127.0.0.1. `PORT` 0 takes any free port. */
async function main(): Promise<void> {
  // Here the API carries the handlers too, so that sync queues can be tried out.
  const wiring = wire(process.env, {
    createFileStore,
    createSyncRunner: runSyncAs(`api-${process.pid}`),
  });
  const stopTracing = await startTracing(process.env, wiring.logger, wiring.access);
  const lambdas: Record<ApiLambda, ApiHandler> = {
    enqueue: httpHandler(enqueueRoutes(wiring), wiring),
    query: httpHandler(queryRoutes(wiring), wiring),
    manage: httpHandler(manageRoutes(wiring), wiring),
    docs: httpHandler(docsRoutes(wiring), wiring),
  };

  const cors = corsPolicyOf(wiring.config);

  const stopping = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      wiring.logger.error('request failed', { error });
      response.writeHead(500).end();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeaders(new Map(Object.entries(corsHeaders(request, cors))));
    if (cors && isPreflight(request)) {
      response.writeHead(204).end();
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
      response.end('{"message":"Request Entity Too Large"}');
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const event = toApiEvent(request, body, wiring.config.auth);
    const lambda = lambdas[lambdaFor(event.requestContext.http.method, event.rawPath)];
    const context = {
      awsRequestId: event.requestContext.requestId,
      signal: AbortSignal.any([gone.signal, stopping.signal]),
    };
    const reply = await lambda(event, context as ApiContext);
    // The connection would keep the server from closing.
    if (stopping.signal.aborted) response.setHeader('connection', 'close');
    send(response, reply);
  }

  server.on('error', (error: NodeJS.ErrnoException) => {
    const port = process.env['PORT'];
    fail(error.code === 'EADDRINUSE' ? `Port ${port} is in use.` : error.message);
  });
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    process.stdout.write(`ready http://127.0.0.1:${port}\n`);
  });
  process.once('SIGTERM', () => {
    server.close(() => {
      wiring.logger.info('api stopped', { usage: wiring.usage });
      void stopTracing().then(() => process.exit(0));
    });
    server.closeIdleConnections();
    stopping.abort();
  });
}

/** `undefined` when it is larger than API Gateway would take. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, reply?: APIGatewayProxyStructuredResultV2): void {
  const { statusCode = 500, headers = {}, body = '' } = reply ?? {};
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  response.writeHead(statusCode, Object.fromEntries(named));
  response.end(body);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TaskQueueError)) throw error;
  fail(error.message);
}
