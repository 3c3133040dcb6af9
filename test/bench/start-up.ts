import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCli } from '../../functions/dev/generate/build-cli.ts';
import { spreadOf } from './statistics.ts';
import { format, printed } from './table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = join(ROOT, 'dist', 'cli');
const RUNS = 20;
const TARGET_MS = 200;

/** Prints at the end of a process its CPU time in microseconds, including Node's own start. */
const TELL = `data:text/javascript,
  import { writeSync } from 'node:fs';
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    writeSync(3, String(userCPUTime + systemCPUTime));
  });`;

const STARTED: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['--eval', '0'],
  bundled: [join(BUNDLE, 'main.mjs'), '--help'],
  'from source': [join(ROOT, 'functions/cli/main.ts'), '--help'],
};

/** Measures the CPU time of `task-queue --help` and of a Node that does nothing, in one run. */
async function main(): Promise<void> {
  await buildCli(BUNDLE);
  const names = Object.keys(STARTED);
  // They take turns, so that a machine that becomes slower does so for all.
  const runs = Array.from({ length: RUNS }, () =>
    names.map((name) => cpuMsOf(STARTED[name] ?? [])),
  );
  const spreads = names.map((name, index) => {
    const { median, min, max } = spreadOf(runs.map((run) => run[index] ?? Number.NaN));
    return { name, median, numbers: [median, min, max] };
  });
  const rows = spreads.map(({ name, numbers }) => [name, ...numbers.map((ms) => format(ms, 0))]);
  say(
    `task-queue --help, ms of CPU, user and system, ${RUNS} runs each, Node ${process.version}\n`,
  );
  say(printed({ headers: ['', 'median', 'lowest', 'highest'], rows }));
  const bundled = spreads.find(({ name }) => name === 'bundled')?.median ?? Number.NaN;
  say(`target: under ${TARGET_MS} ms bundled: ${bundled < TARGET_MS ? 'met' : 'missed'}`);
}

function cpuMsOf(args: readonly string[]): number {
  const { output, status } = spawnSync(process.execPath, ['--import', TELL, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return Number(output[3]) / 1000;
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

await main();
