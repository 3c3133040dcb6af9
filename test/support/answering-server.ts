import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export type Seen = { readonly request: IncomingMessage; readonly body: string };
export type Reaction = (response: ServerResponse, seen: Seen) => void;

export const answer =
  (status: number, body: unknown, contentType = 'application/json'): Reaction =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

export const hangUp: Reaction = (response) => response.destroy();

/** A real HTTP server that reacts to its requests in turn, and the last way from then on. */
export async function serverThat(...reactions: Reaction[]) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const one = { request, body: await text(request) };
    seen.push(one);
    (reactions.length > 1 ? reactions.shift() : reactions[0])?.(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
