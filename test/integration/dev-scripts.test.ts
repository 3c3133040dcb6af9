import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';

/** Runs a script for developers until it ends. */
async function runScript(path: string, ...args: string[]) {
  const child = spawn(process.execPath, [`functions/dev/${path}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errors };
}

const SCRIPTS = [
  ['demo.ts', 'npm run demo'],
  ['start.ts', 'npm start'],
  ['generate/write-openapi.ts', 'npm run openapi'],
  ['generate/write-cli-docs.ts', 'npm run cli-docs'],
  ['generate/write-config-schema.ts', 'npm run config-schema'],
  ['generate/build-cli.ts', 'npm run build'],
  ['generate/build-package.ts', 'npm run build:package'],
] as const;

test.each(SCRIPTS)('%s prints its help and does nothing else', async (path, command) => {
  const { code, output, errors } = await runScript(path, '--help');

  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain(command);
});

test.each(SCRIPTS)('%s refuses an unknown option', async (path) => {
  const { code, output, errors } = await runScript(path, '--nonsense');

  expect({ code, output }).toEqual({ code: 2, output: '' });
  expect(errors).toContain("'--nonsense'");
});

test('the demo ends quietly, with every process, when nobody reads its output any more', async () => {
  const child = spawn(process.execPath, ['functions/dev/demo.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const children = await vi.waitFor(async () => {
    const pids = await childrenOf(pid);
    expect(pids.length).toBeGreaterThan(3);
    return pids;
  }, 20_000);

  child.stdout.destroy();
  const [code] = await closed;

  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), 5000);
}, 60_000);

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
