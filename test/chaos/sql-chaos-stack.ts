import { rm } from 'node:fs/promises';
import { type PostgresServer, startPostgres } from '../../functions/dev/servers/postgres-server.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { migrateDatabase, openSql } from '../../functions/wiring/postgres.ts';
import type { Storage } from '../../functions/wiring/storage.ts';
import { parseConfig } from '../../shared/config/config.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import { appendEffect } from './append-effect.ts';
import { type ChaosStack, prepareWorkers, quiet, sumOf, WORKER_CONFIG } from './chaos-stack.ts';
import { ConnectionCutter } from './connection-cutter.ts';
import { seededRandom } from './seeded-random.ts';

/** Not for the password in the address. */
const ACCESS = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

const ON_SQL = { type: 'postgres', persistence: 'default' } as const;

const config = parseConfig(
  {
    queues: [
      { name: 'priority', weight: 90, broker: ON_SQL },
      { name: 'background', weight: 10, broker: ON_SQL },
    ],
    defaultQueue: 'background',
    taskLog: ON_SQL,
    worker: WORKER_CONFIG,
  },
  'of the chaos run',
);

/** While connections are cut, the server is restarted as often as that. */
const RESTART_EVERY_MS = 10_000;

/** Messages and task log in one PostgreSQL, which crashes now and then, with what cuts connections before it. */
export async function startSqlChaosStack(seed: number): Promise<ChaosStack> {
  const processes = new ProcessGroup();
  // With fsync: what is committed must outlast a crash.
  let server = await startPostgres(processes, { durable: true });
  await migrateDatabase(server);
  const cutter = new ConnectionCutter(server.url, seededRandom(seed));
  await cutter.listen();
  const resources = at(cutter.url);
  const workers = await prepareWorkers(processes, config, { resources });
  const restarts = { crashed: 0, restarted: 0 };

  const end = (how: 'crashed' | 'restarted', { process }: PostgresServer): Promise<void> => {
    restarts[how] += 1;
    return processes.stop(how === 'crashed' ? { ...process, stopSignal: 'SIGQUIT' } : process);
  };
  // One after the other: nothing can be stopped while it starts.
  let changing = Promise.resolve();
  const change = (step: () => Promise<void>): Promise<void> => {
    changing = changing.then(step);
    return changing;
  };
  const restart = async (): Promise<void> => {
    if (cutter.isOut) return;
    await end(restarts.crashed > restarts.restarted ? 'restarted' : 'crashed', server);
    server = await server.restart();
  };
  const restarting = setInterval(() => {
    if (cutter.rate > 0) void change(restart);
  }, RESTART_EVERY_MS);

  return {
    ...workers,
    servers: 'PostgreSQL',
    dispatcher: dispatcherOn(resources),
    log: storageAt(server.url).log,
    setFaults: (rate) => {
      cutter.rate = rate;
    },
    breakDown: () =>
      change(async () => {
        cutter.isOut = true;
        await end('crashed', server);
      }),
    restore: () =>
      change(async () => {
        server = await server.restart();
        cutter.isOut = false;
      }),
    injected: () =>
      sumOf([
        cutter.injected,
        { 'server crashes': restarts.crashed, 'server restarts': restarts.restarted },
      ]),
    stop: async () => {
      clearInterval(restarting);
      await changing;
      await processes.stopAll();
      cutter.close();
      await rm(workers.directory, { recursive: true });
    },
  };
}

const at = (url: string): Resources => ({ queues: {}, databases: { default: { url } } });

function storageAt(url: string): Storage {
  const { storage } = openSql(config, at(url), ACCESS);
  if (!storage) throw new Error('the task log is not on PostgreSQL');
  return storage;
}

function dispatcherOn(resources: Resources): Dispatcher {
  const { brokers, storage } = openSql(config, resources, ACCESS);
  if (!storage?.transactional) throw new Error('the queues are not beside the task log');
  const { log, transactional } = storage;
  const catalogue = taskCatalogue([appendEffect]);
  return new Dispatcher({ config, catalogue, brokers, log, transactional, logger: quiet });
}
