import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { AtTheEnd } from './postgres.ts';

/** ReadyForQuery: the server has done a statement, and what belongs to it. */
const READY = 'Z'.charCodeAt(0);

/**
 * A proxy in front of a PostgreSQL server that can kill the process which uses it: right after one of its
 * statements was carried out, before it learns of that.
 */
export async function startDeadlyPostgres(databaseUrl: string, atTheEnd: AtTheEnd) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let victim: { readonly pid: number; countdown: number } | undefined;

  /** True when its sender does not survive this statement. */
  const isFatal = (): boolean => {
    if (!victim) return false;
    victim.countdown -= 1;
    return victim.countdown === 0;
  };

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const ready = readyCounter();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      const cut = (): void => {
        client.destroy();
        upstream.destroy();
      };
      socket.on('error', cut);
      socket.on('close', cut);
    }
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => {
      for (let left = ready(data); left > 0; left--) {
        if (isFatal() && victim) return void process.kill(victim.pid, 'SIGKILL');
      }
      client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTheEnd(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    /** Kills the process after its n-th statement, counted from now; connecting counts as one. */
    killAfter: (pid: number, n: number): void => {
      victim = { pid, countdown: n };
    },
  };
}

/** Counts what the server sends of READY, however it is cut into pieces. */
function readyCounter(): (data: Buffer) => number {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    let found = 0;
    while (rest.length >= 5) {
      const length = 1 + rest.readUInt32BE(1);
      if (rest.length < length) break;
      if (rest[0] === READY) found += 1;
      rest = rest.subarray(length);
    }
    return found;
  };
}
