import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runCli } from '../support/cli.ts';

const CONFIG_PATH = join(import.meta.dirname, '../../task-queue.config.json');

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'cost that is ended by %s leaves nothing behind',
  async (signal, exitCode) => {
    const scratch = await mkdtemp(join(tmpdir(), 'task-queue-cost-'));
    const started = Promise.withResolvers<number>();
    const run = runCli(['cost', '--tasks', '10000', '--config', CONFIG_PATH], {
      env: { ...process.env, TMPDIR: scratch },
      onStart: started.resolve,
    });
    const names = (): Promise<string[]> => readdir(scratch, { recursive: true });
    const pid = await started.promise;
    const deployed = async () => expect((await names()).join()).toContain('config.json');
    await vi.waitFor(deployed, { timeout: 20_000 });

    process.kill(pid, signal);

    expect(await run).toMatchObject({ code: exitCode });
    expect(await names()).toEqual([]);
  },
  40_000,
);
