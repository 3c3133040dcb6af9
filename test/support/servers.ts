import type { TestProject } from 'vitest/node';
import { type Endpoints, startEmulators } from '../../functions/dev/servers/emulators.ts';
import { openPostgres } from '../../functions/dev/servers/postgres-server.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    endpoints: Endpoints;
    /** Of PostgreSQL, with the right to create databases. */
    databaseUrl: string;
  }
}

/** One server of each kind for the whole run; every test makes queues, tables and databases of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const processes = new ProcessGroup();
  try {
    const [endpoints, databaseUrl] = await Promise.all([
      startEmulators(processes),
      openPostgres(processes, process.env),
    ]);
    project.provide('endpoints', endpoints);
    project.provide('databaseUrl', databaseUrl);
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
  return () => processes.stopAll();
}
