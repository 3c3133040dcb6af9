import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

/** Returns bash's completions of these words with the command's script loaded. */
async function offeredByBash(...words: string[]): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-completion-'));
  const program = `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`;
  await writeFile(join(directory, 'task-queue'), program, { mode: 0o755 });
  const script = `eval "$(task-queue completion bash)"
    COMP_WORDS=(task-queue "$@"); COMP_CWORD=$#; _task_queue 2>/dev/null
    complete -p task-queue; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words], {
    env: { ...process.env, PATH: `${directory}:${process.env['PATH']}` },
  });
  const [registered, ...offered] = stdout.trim().split('\n');
  expect(registered).toBe('complete -o default -F _task_queue task-queue');
  return offered;
}

test('bash completes commands, tasks, strategies and the queues of the configuration', async () => {
  expect(await offeredByBash('tasks', 'wa')).toEqual(['watch']);
  expect(await offeredByBash('tasks', 'list', '--name', 'export-')).toEqual(['export-results']);
  expect(await offeredByBash('init', '--strategy', 'l')).toEqual(['lightest-first']);
  expect(await offeredByBash('pause', '--queue', '')).toEqual([
    'priority',
    'standard',
    'background',
  ]);
});

test('there are scripts for bash, zsh and fish; for others it says so', async () => {
  const zsh = await runCli(['completion', 'zsh']);
  const other = await runCli(['completion', 'tcsh']);

  expect(zsh).toMatchObject({ code: 0, errors: '' });
  expect(zsh.output).toMatch(/^#compdef task-queue\n/);
  expect(other.code).toBe(2);
  expect(other.errors).toContain('Allowed choices are bash, zsh, fish.');
});
