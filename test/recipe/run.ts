import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { blocksIn, ROOT } from '../docs/blocks.ts';

// Adds the task of README.md to a copy of the repository, exactly as printed, and has the copy
// checked. `--all` runs the whole `npm run check` and `npm test` in it.

const CHECKS = [
  'npx biome ci .',
  'npx tsc',
  'npx knip',
  'npm run --silent openapi -- --check',
  'npm run --silent cli-docs -- --check',
  'npm run --silent config-schema -- --check',
  'npm run --silent test:unit',
];
const ALL = ['npm run check', 'npm test'];

/** A line of the table: a file, the import to add to it, and what to add to its array. */
const ROW = /^\| `(\S+\.ts)` \| `(import [^`]+)` \| `([^`]+)` \|$/gm;

const copy = mkdtempSync(join(tmpdir(), 'task-queue-recipe-'));
try {
  copyRepository();
  addTask();
  await runTask();
  for (const command of process.argv.includes('--all') ? ALL : CHECKS) run(command);
  process.stdout.write('The task of README.md was added as printed, and all checks pass.\n');
} finally {
  rmSync(copy, { recursive: true });
}

/** Copies every file of the repository that Git does not ignore. */
function copyRepository(): void {
  const { stdout } = spawnSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of stdout.split('\0').filter((path) => path !== '')) {
    cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

/** Does what the page tells its reader to do. */
function addTask(): void {
  for (const { text } of blocksIn('ts').filter(({ page }) => page === 'README.md')) {
    const [, path = ''] = /^\/\/ (\S+)\n/.exec(text) ?? [];
    mkdirSync(join(copy, dirname(path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  const rows = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(ROW)];
  if (rows.length !== 2) throw new Error('README.md names no two files to add the task to');
  for (const [, path = '', added, element] of rows) {
    const file = join(copy, path);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${added}\n${text.replace(/\n\]/, `\n  ${element}\n]`)}`);
  }
  run('npm run --silent format');
}

/** Starts the local stack and sends it the tasks of the page. */
async function runTask(): Promise<void> {
  const { text = '' } = blocksIn('sh').find(({ text }) => text.includes('enqueue greet')) ?? {};
  const processes = new ProcessGroup();
  try {
    const { announced } = await processes.start({
      name: 'npm start',
      command: process.execPath,
      args: ['functions/dev/start.ts'],
      cwd: copy,
      env: { ...process.env, PORT: '0' },
      ready: /^ready (\S+)/,
    });
    const here = text.replaceAll('http://127.0.0.1:4280', announced).replaceAll('curl', 'curl -sf');
    run(`set -e\n{\n${here}} | grep 'Hello, Ada'`);
  } finally {
    await processes.stopAll();
  }
}

function run(command: string): void {
  process.stdout.write(`${command}\n`);
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`;
  const env = { ...process.env, PATH: path };
  const { status } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: copy,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}
