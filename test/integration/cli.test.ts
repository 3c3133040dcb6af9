import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../functions/version.ts';
import { aCli, runCli } from '../support/cli.ts';

test('task-queue config prints the configuration with its defaults', async () => {
  const { code, output } = await runCli(['config', '--config', 'task-queue.config.json'], {
    directory: process.cwd(),
  });

  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ worker: { pollWaitSeconds: 20 } });
});

test('task-queue config names everything that is wrong, without a stack trace, and exits with 1', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'task-queue-cli-')), 'config.json');
  await writeFile(file, '{"queues":[],"colour":"red"}');

  const { code, errors } = await runCli(['config', '--config', file]);

  expect(code).toBe(1);
  expect(errors).toContain('queues: at least one queue is needed');
  expect(errors).toContain('unknown "colour"');
  expect(errors).not.toContain('    at ');
});

test('an unknown option or a misspelt command exits with 2 and helps on', async () => {
  const option = await runCli(['config', '--jsno']);
  const command = await runCli(['confg']);

  expect(option).toMatchObject({ code: 2 });
  expect(option.errors).toContain("unknown option '--jsno'");
  expect(option.errors).toContain('Did you mean --json?');
  expect(command).toMatchObject({ code: 2 });
  expect(command.errors).toContain('Did you mean config?');
});

test.each(['--version', '-V'])('task-queue %s prints the version', async (option) => {
  expect(await runCli([option])).toEqual({ code: 0, output: `${VERSION}\n`, errors: '' });
});

test('task-queue --help exits with 0', async () => {
  expect(await runCli(['--help'])).toMatchObject({ code: 0 });
});

test('where there is nothing to work on, it says how to get there', async () => {
  const env = { ...process.env, TASK_QUEUE_RESOURCES: undefined };

  const { code, errors } = await runCli(['queues'], { env });

  expect(code).toBe(1);
  expect(errors).toContain('npm start');
  expect(errors).toContain('--stack');
});

test('a server that is away is one error with its reason, and no stack trace', async () => {
  const { run } = await aCli();

  const { code, errors } = await run(['queues'], {
    env: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' },
  });

  expect(code).toBe(1);
  expect(errors).toContain('The broker of queue "main" did not accept the call.');
  expect(errors).toContain('because: connect ECONNREFUSED 127.0.0.1:9');
  expect(errors).not.toContain('    at ');
});
