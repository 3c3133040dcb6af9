import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

const run = (...args: string[]) =>
  new Promise<{ code: number; output: string; errors: string }>((resolve) => {
    execFile(process.execPath, [CLI, ...args], (error, output, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors });
    });
  });

test('task-queue config prints the configuration with its defaults', async () => {
  const { code, output } = await run('config');

  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ worker: { pollWaitSeconds: 20 } });
});

test('task-queue config names everything that is wrong, without a stack trace, and exits with 1', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'task-queue-cli-')), 'config.json');
  await writeFile(file, '{"queues":[],"colour":"red"}');

  const { code, errors } = await run('config', '--file', file);

  expect(code).toBe(1);
  expect(errors).toContain('queues: at least one queue is needed');
  expect(errors).toContain('unknown "colour"');
  expect(errors).not.toContain('    at ');
});

test('an unknown option or a misspelt command exits with 2 and helps on', async () => {
  const option = await run('config', '--fiel', 'x');
  const command = await run('confg');

  expect(option).toMatchObject({ code: 2 });
  expect(option.errors).toContain("unknown option '--fiel'");
  expect(command).toMatchObject({ code: 2 });
  expect(command.errors).toContain('Did you mean config?');
});

test('task-queue --help exits with 0', async () => {
  expect(await run('--help')).toMatchObject({ code: 0 });
});
