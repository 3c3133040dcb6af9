import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));
const RED = '\u001b[31m';

/** Returns the standard error of a command that fails, which is no terminal here. */
async function errorsOf(args: readonly string[], env: Record<string, string> = {}) {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = process.env;
  const all = [...args, 'config', '--config', 'missing.json'];
  const { code, errors } = await runCli(all, { env: { ...rest, ...env } });
  expect(code).toBe(1);
  expect(errors).toContain('missing.json');
  return errors;
}

test('without a terminal there are no colours, unless FORCE_COLOR asks for them', async () => {
  expect(await errorsOf([])).not.toContain('\u001b');
  expect(await errorsOf([], { FORCE_COLOR: '1' })).toContain(RED);
});

test('--no-color wins over FORCE_COLOR', async () => {
  expect(await errorsOf(['--no-color'], { FORCE_COLOR: '1' })).not.toContain('\u001b');
});

/** A terminal as `script` makes one. */
async function atTerminal(env: Record<string, string>): Promise<string> {
  const command = `${process.execPath} ${CLI} config --config missing.json; true`;
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
  });
  expect(stdout).toContain('missing.json');
  return stdout;
}

// Elsewhere `script` takes other options.
test.runIf(process.platform === 'linux')(
  'at a terminal errors are red, and plain with NO_COLOR',
  async () => {
    expect(await atTerminal({})).toContain(RED);
    expect(await atTerminal({ NO_COLOR: '1' })).not.toContain('\u001b');
  },
);

test('a reader that has seen enough, as head has, is no error', async () => {
  const line = `set -o pipefail; "$0" "$1" config --config task-queue.config.json | true`;

  const { stderr } = await promisify(execFile)('bash', ['-c', line, process.execPath, CLI]);

  expect(stderr).toBe('');
});

test('a reader of the notes that has seen enough is no error either', async () => {
  const line = `"$0" "$1" tasks list --name no-such-task 2>&1 | true; exit "\${PIPESTATUS[0]}"`;
  // Nobody listens there: the command still waits when its note cannot be written.
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    ...process.env,
    TASK_QUEUE_RESOURCES: JSON.stringify({ table: 'tasks', queues: addressesAt(nowhere) }),
    AWS_ENDPOINT_URL_DYNAMODB: nowhere,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };

  const ended = promisify(execFile)('bash', ['-c', line, process.execPath, CLI], { env });

  await expect(ended).resolves.toEqual({ stdout: '', stderr: '' });
});

const addressesAt = (host: string) =>
  Object.fromEntries(
    ['priority', 'standard', 'background'].map((name) => {
      const url = `${host}/1/${name}`;
      return [name, { url, deadLetterUrl: `${url}-dead` }];
    }),
  );
