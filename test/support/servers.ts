import type { TestProject } from 'vitest/node';
import { type Endpoints, startEmulators } from '../../functions/dev/emulators.ts';
import { ProcessGroup } from '../../functions/dev/process-group.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    endpoints: Endpoints;
  }
}

/** One SQS and one DynamoDB server for the whole run; every test makes queues and tables of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const processes = new ProcessGroup();
  try {
    project.provide('endpoints', await startEmulators(processes));
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
  return () => processes.stopAll();
}
