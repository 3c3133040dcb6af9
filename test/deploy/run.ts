import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { InstallError } from '../support/install-from-pypi.ts';
import { EMULATOR_LOG, startEmulator } from './emulator.ts';
import { installMinistack } from './install-ministack.ts';

/**
 * Starts the emulator and runs deployment.deploy.ts on it. A process of its own, because processes
 * read whom to trust, NODE_EXTRA_CA_CERTS, only as they start.
 */
async function main(): Promise<number> {
  const program = await installMinistack();
  const directory = mkdtempSync(join(tmpdir(), 'task-queue-deploy-'));
  // The worker runs as another user, and reads its code from there.
  chmodSync(directory, 0o755);
  const processes = new ProcessGroup();
  processes.removeLater(() => rmSync(directory, { recursive: true, force: true }));
  try {
    const emulator = await startEmulator(processes, program, directory);
    const tests = spawn(
      'vitest',
      ['run', '--config', join(import.meta.dirname, 'vitest.config.ts')],
      {
        // Without any credentials of the person who runs this.
        env: {
          ...Object.fromEntries(
            Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')),
          ),
          ...emulator.env,
          DEPLOY_TEST: JSON.stringify({ emulator, directory }),
        },
        cwd: REPOSITORY_ROOT,
        stdio: 'inherit',
      },
    );
    // Ctrl-C reaches the tests too; they end, and then the rest does.
    process.on('SIGINT', () => undefined);
    process.once('SIGTERM', () => tests.kill());
    const [code] = (await once(tests, 'exit')) as [number | null];
    if (code !== 0) process.stderr.write(`What the emulator did: ${EMULATOR_LOG}\n`);
    return code ?? 1;
  } finally {
    await processes.stopAll();
  }
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
