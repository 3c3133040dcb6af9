import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../functions/dev/servers/postgres-server.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { pause } from '../../shared/clock.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { migrate } from '../../shared/postgres/schema.ts';

// A server of our own, which a test can stop: with fsync, for what is committed must outlast it.

const processes = new ProcessGroup();
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres(processes, { durable: true });
  await migrate(new PostgresDatabase(server));
}, 40_000);
afterAll(() => processes.stopAll());

/** Sends and works off messages without a pause, each over connections of its own. */
function startLoad(queue: string) {
  const stop = new AbortController();
  const databases = [new PostgresDatabase(server), new PostgresDatabase(server)] as const;
  const [sender, worker] = databases.map((database) => new PostgresBroker(queue, database));
  const sent = new Set<string>();
  const done = new Set<string>();

  const send = async (): Promise<void> => {
    for (let count = 0; !stop.signal.aborted; count++) {
      const body = `m${count}`;
      const [refusal] = (await sender?.publish([{ body }]).catch((error) => [error])) ?? [];
      if (refusal === undefined) sent.add(body);
    }
  };
  const isEmpty = async (): Promise<boolean> => {
    const depth = await worker?.depth().catch(() => undefined);
    return depth !== undefined && Object.values(depth).every((count) => count === 0);
  };
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted || !(await isEmpty())) {
      const options = { max: 10, waitSeconds: 1, leaseSeconds: 2 };
      const deliveries = (await worker?.receive(options).catch(() => pause(100))) ?? [];
      for (const { body } of deliveries) done.add(body);
      if (deliveries.length > 0) await worker?.ack(deliveries).catch(() => undefined);
    }
  };
  const running = Promise.all([send(), work(), work()]);
  const untilWorkedOff = async (count: number): Promise<void> => {
    const before = done.size;
    await vi.waitFor(() => expect(done.size).toBeGreaterThan(before + count), 15_000);
  };
  /** Stops sending, and works until the queue is empty. @returns what was accepted and never came */
  const lost = async (): Promise<string[]> => {
    stop.abort();
    await running;
    await Promise.all(databases.map((database) => database.end()));
    return [...sent].filter((body) => !done.has(body));
  };
  return { untilWorkedOff, lost };
}

describe('under load', { timeout: 60_000 }, () => {
  test('a server that is restarted loses nothing, and work goes on by itself', async () => {
    const load = startLoad('restarted');
    await load.untilWorkedOff(20);

    await processes.stop(server.process);
    server = await server.restart();
    await load.untilWorkedOff(20);

    expect(await load.lost()).toEqual([]);
  });

  test('a server that crashes loses nothing that it had accepted', async () => {
    const load = startLoad('crashed');
    await load.untilWorkedOff(20);

    await processes.stop({ ...server.process, stopSignal: 'SIGQUIT' });
    server = await server.restart();
    await load.untilWorkedOff(20);

    expect(await load.lost()).toEqual([]);
  });

  test('connections that are cut, again and again, lose nothing', async () => {
    const load = startLoad('cut');
    const admin = await new PostgresDatabase(server).connect();
    await load.untilWorkedOff(20);

    for (let cuts = 0; cuts < 10; cuts++) {
      await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'task-queue' AND pid <> pg_backend_pid()`);
      await load.untilWorkedOff(2);
    }
    await admin.end();

    expect(await load.lost()).toEqual([]);
  });
});

/** A way to the server on which nothing moves any more, and nobody hangs up, once it is silent. */
async function silentWay({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const target = new URL(server.url);
  const sockets: Socket[] = [];
  let isSilent = false;
  let swallowed = 0;
  const proxy = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    sockets.push(client, upstream);
    const isOfBefore = !isSilent;
    const pass = (from: Socket, to: Socket) =>
      from.on('data', (data) => {
        if (isSilent && isOfBefore) swallowed += 1;
        else to.write(data);
      });
    pass(client, upstream);
    pass(upstream, client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const silence = (): void => {
    isSilent = true;
  };
  const url = new URL(server.url);
  url.port = String((proxy.address() as AddressInfo).port);
  return { url: url.href, silence, swallowed: () => swallowed };
}

// Each of these waits for a timeout.
describe.concurrent('at the limits of connections and time', () => {
  test('more callers than connections: each gets its turn', async () => {
    const database = new PostgresDatabase(server);

    const answers = await Promise.all(
      Array.from({ length: 200 }, () => database.query({ text: 'SELECT 1 AS one' })),
    );
    await database.end();

    expect(answers).toHaveLength(200);
  });

  test('a statement that never ends is cancelled, and keeps no connection', async () => {
    const database = new PostgresDatabase(server);

    const endless = database.query({ text: 'SELECT pg_sleep(3600)' });

    await expect(endless).rejects.toThrow('statement timeout');
    const active = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
    expect(await database.query({ text: active })).toEqual([]);
    await database.end();
  });

  test('connections that have fallen silent cost the callers of that moment one wait, and nobody an error', {
    timeout: 40_000,
  }, async (context) => {
    const { url, silence, swallowed } = await silentWay(context);
    const database = new PostgresDatabase({ url });
    const ask = () => database.query({ text: 'SELECT 1 AS one' });
    await Promise.all(Array.from({ length: 10 }, ask));

    silence();
    const answers = await Promise.all(Array.from({ length: 5 }, ask));
    const before = swallowed();
    await Promise.all(Array.from({ length: 10 }, ask));

    expect(answers).toEqual(Array(5).fill([{ one: 1 }]));
    expect(before).toBeGreaterThanOrEqual(5);
    expect(swallowed()).toBe(before);
    await database.end();
  });
});
