import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Headers that a server needs of a request; the others belong to the connection. */
const PASSED_ON = /^(content-type|authorization|x-amz-.+)$/;

/**
 * Proxies in front of AWS protocol servers that can kill the process which uses them: right after
 * one of its requests was served, before it learns of that.
 */
export async function startDeadlyProxies(targets: { sqs: string; dynamodb: string }) {
  let victim: { readonly pid: number; operation: string; countdown: number } | undefined;

  /** True when this request is the one that its sender does not survive. */
  const isFatal = (operation: string): boolean => {
    if (victim?.operation !== operation) return false;
    victim.countdown -= 1;
    return victim.countdown === 0;
  };

  const start = async (target: string): Promise<Server> => {
    const server = createServer(async (request, response) => {
      try {
        const { status, body } = await forward(request, target);
        const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
        if (victim && isFatal(operation)) return void process.kill(victim.pid, 'SIGKILL');
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
      } catch {
        response.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };

  const servers = [await start(targets.sqs), await start(targets.dynamodb)] as const;
  const urlOf = (server: Server): string =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoints: { sqs: urlOf(servers[0]), dynamodb: urlOf(servers[1]) },
    /** Kills the process after its n-th request of this operation. */
    killAfter: (pid: number, operation: string, n = 1): void => {
      victim = { pid, operation, countdown: n };
    },
    close: (): void => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function forward(request: IncomingMessage, target: string) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headers)
    .filter(([name]) => PASSED_ON.test(name))
    .map(([name, value]): [string, string] => [name, String(value)]);
  const reply = await fetch(new URL(request.url ?? '/', target), {
    method: 'POST',
    headers,
    body: Buffer.concat(chunks),
  });
  return { status: reply.status, body: Buffer.from(await reply.arrayBuffer()) };
}
