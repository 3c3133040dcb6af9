import { createServer } from 'node:net';

/** A port that is free now, for programs that cannot choose one themselves. */
export const freePort = (): Promise<number> => listenBriefly(0);

/** @throws one sentence when something listens on the port already */
export async function assertPortIsFree(port: number): Promise<void> {
  try {
    await listenBriefly(port);
  } catch (cause) {
    throw new Error(
      `Port ${port} is in use: choose another one, e.g. PORT=${port + 1} npm start.`,
      {
        cause,
      },
    );
  }
}

function listenBriefly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
      server.close(() => resolve(taken));
    });
  });
}
