import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/**
 * Says yes to every batch of statements and keeps nothing: what remains is what the sender itself
 * takes.
 */
const server = createServer(async (request, response) => {
  const { Statements } = (await json(request)) as { readonly Statements: readonly unknown[] };
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ Responses: Statements.map(() => ({ TableName: 'none' })) }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
