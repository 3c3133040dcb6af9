import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service whose answers the test holds back: a task of known length, seen from outside. */
export async function startGate() {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const server: Server = createServer((_request, response) => {
    const answer = (): void => void response.end();
    if (isOpen) answer();
    else waiting.push(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** Calls that were made so far and not answered. */
    waiting,
    open: (): void => {
      isOpen = true;
      for (const answer of waiting.splice(0)) answer();
    },
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
}
