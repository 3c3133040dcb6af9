import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { emulatorEnvironment } from '../../functions/dev/servers/emulators.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/resources.ts';
import { runCli } from './cli.ts';

/** An empty directory of somebody who has servers, and nothing on them that is known of. */
export async function ownServers(more: NodeJS.ProcessEnv = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-own-'));
  const env = {
    ...process.env,
    [RESOURCES_VARIABLE]: undefined,
    TASK_QUEUE_CONFIG: undefined,
    ...emulatorEnvironment(inject('endpoints')),
    // Commands create queues of the same names in several test files. A region keeps its own.
    AWS_REGION: `test-${randomUUID().slice(0, 8)}-1`,
    ...more,
  };
  const configPath = join(directory, 'task-queue.config.json');
  const run = (...args: string[]) => runCli(args, { env, directory });
  const readConfig = async () => JSON.parse(await readFile(configPath, 'utf8'));
  const noted = async () =>
    JSON.parse(await readFile(join(directory, '.task-queue', 'local.json'), 'utf8'));
  const resources = async () => JSON.parse((await noted()).env[RESOURCES_VARIABLE]);
  return { directory, env, configPath, run, readConfig, noted, resources };
}
