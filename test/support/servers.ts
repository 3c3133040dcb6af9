import type { TestProject } from 'vitest/node';
import { type Endpoints, startEmulators } from '../../functions/dev/servers/emulators.ts';
import { openPostgres } from '../../functions/dev/servers/postgres-server.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { createTemplate, dropDatabasesOfRun } from './template-database.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    endpoints: Endpoints;
    /** URL of the PostgreSQL server, with the right to create databases. */
    databaseUrl: string;
    /** Prefix of the names of all databases that this run creates. */
    databasePrefix: string;
  }
}

type Servers = {
  readonly endpoints: Endpoints;
  readonly databaseUrl: string;
  readonly databasePrefix: string;
  readonly stop: () => Promise<void>;
};

// Each project loads this file on its own, so what they share is kept at the process.
const shared = globalThis as {
  testServers?: { readonly started: Promise<Servers>; users: number };
};

/**
 * One server of each kind for the whole run, started for the first project that needs them. Every
 * test makes queues, tables and databases of its own.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.testServers ??= { started: startServers(), users: 0 };
  const current = shared.testServers;
  current.users += 1;
  const { endpoints, databaseUrl, databasePrefix, stop } = await current.started;
  project.provide('endpoints', endpoints);
  project.provide('databaseUrl', databaseUrl);
  project.provide('databasePrefix', databasePrefix);
  return async () => {
    current.users -= 1;
    if (current.users === 0) await stop();
  };
}

/**
 * Settings that a database or a role may have, and on which no statement may depend: how times, numbers and
 * missing values are written, and how text is read.
 */
const UNUSUAL_SETTINGS = [
  'DateStyle=SQL, DMY',
  'IntervalStyle=sql_standard',
  'TimeZone=Asia/Kathmandu',
  'array_nulls=off',
  'extra_float_digits=0',
  'bytea_output=escape',
  'standard_conforming_strings=off',
  'default_transaction_isolation=repeatable read',
];

async function startServers(): Promise<Servers> {
  const processes = new ProcessGroup();
  try {
    const [endpoints, databaseUrl] = await Promise.all([
      startEmulators(processes),
      openPostgres(processes, process.env, { inMemory: true, settings: UNUSUAL_SETTINGS }),
    ]);
    const databasePrefix = await createTemplate(databaseUrl);
    const stop = async (): Promise<void> => {
      await dropDatabasesOfRun(databaseUrl, databasePrefix).finally(() => processes.stopAll());
    };
    return { endpoints, databaseUrl, databasePrefix, stop };
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}
