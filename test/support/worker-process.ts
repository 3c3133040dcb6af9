import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { emulatorEnvironment } from '../../functions/dev/servers/emulators.ts';
import { type ManagedProcess, ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { RESOURCES_VARIABLE, type Resources } from '../../shared/deployment/resources.ts';

const WORKER = fileURLToPath(new URL('../../functions/worker/main.ts', import.meta.url));

/** The variables of a process that works on these resources of the test servers. */
export async function processEnvironment(
  config: TaskQueueConfig,
  resources: Resources,
): Promise<NodeJS.ProcessEnv> {
  const configPath = join(await mkdtemp(join(tmpdir(), 'task-queue-test-')), 'config.json');
  await writeFile(configPath, JSON.stringify(config));
  return {
    ...process.env,
    ...emulatorEnvironment(inject('endpoints')),
    [RESOURCES_VARIABLE]: JSON.stringify(resources),
    TASK_QUEUE_CONFIG: configPath,
  };
}

export type WorkerProcess = ManagedProcess & { readonly lines: string[] };

/** Starts real workers, and makes sure that none outlives its test. */
export function workerProcesses() {
  const processes = new ProcessGroup();
  const start = async (env: NodeJS.ProcessEnv): Promise<WorkerProcess> => {
    const lines: string[] = [];
    const worker = await processes.start({
      name: 'a worker',
      command: process.execPath,
      args: [WORKER],
      env,
      ready: /"worker ready"/,
      onLine: (line) => lines.push(line),
    });
    return { ...worker, lines };
  };
  return { start, stopAll: () => processes.stopAll() };
}
