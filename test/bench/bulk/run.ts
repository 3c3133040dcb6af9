import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchStack } from '../bench-stack.ts';
import { spreadOf } from '../statistics.ts';
import { format, printed } from '../table.ts';
import { contendersOn, type Run, runOnce } from './contenders.ts';

const USAGE = `Measures \`task-queue enqueue --bulk\` beside loops one would write oneself, on this machine, against emulators.

  npm run bench:bulk
  npm run bench:bulk -- --lines 200000 --runs 3

  --lines N   of the file; default: 50000
  --runs N    of each, by turns; default: 5`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '50000' },
      runs: { type: 'string', default: '5' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(USAGE);
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-bulk-'));
  try {
    await measure(directory, Number(values.lines), Number(values.runs));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measure(directory: string, lines: number, runs: number): Promise<void> {
  const file = join(directory, 'tasks.jsonl');
  await writeFile(file, Array.from({ length: lines }, (_, index) => lineOf(index)).join(''));
  const stack = await BenchStack.start();
  try {
    const contenders = (await contendersOn(stack)).map((contender) => ({
      contender,
      done: [] as Run[],
    }));
    for (let run = 0; run < runs; run++) {
      for (const { contender, done } of contenders) {
        done.push(await runOnce(contender, file, stack, directory));
      }
    }
    const base = contenders[0]?.done ?? [];
    say(
      `\n${format(lines, 0)} lines, ${runs} runs by turns; median (least–most). ` +
        'Rates without start-up, CPU in µs a line with it.\n',
    );
    say(
      printed({
        headers: HEADERS,
        rows: contenders.map(({ contender, done }) => row(contender.title, done, base, lines)),
      }),
    );
  } finally {
    await stack.stop();
  }
}

const lineOf = (index: number): string =>
  `${JSON.stringify({
    name: 'compute-statistics',
    parameters: { values: [index, 1, 2, 3] },
    label: `Statistics of delivery ${index}`,
  })}\n`;

const HEADERS = [
  '',
  'lines/s',
  'of raw',
  'CPU',
  "emulators' CPU",
  'heap MiB early',
  'late',
  'RSS MiB early',
  'late',
];

function row(title: string, runs: readonly Run[], base: readonly Run[], lines: number): string[] {
  const rate = ({ workSeconds }: Run): number => lines / workSeconds;
  const median = (of: readonly Run[], value: (run: Run) => number): number =>
    spreadOf(of.map(value)).median;
  const { min, max } = spreadOf(runs.map(rate));
  const micros = (seconds: (run: Run) => number): string =>
    format((median(runs, seconds) / lines) * 1e6, 0);
  const memory = (value: 'rssMib' | 'heapMib', from: number, to: number): string =>
    format(
      median(runs, ({ samples }) =>
        largest(
          samples.map((sample) => sample[value]),
          from,
          to,
        ),
      ),
      0,
    );
  return [
    title,
    `${format(median(runs, rate), 0)} (${format(min, 0)}–${format(max, 0)})`,
    format(median(runs, rate) / median(base, rate), 2),
    micros(({ cpuSeconds }) => cpuSeconds),
    micros(({ emulatorCpuSeconds }) => emulatorCpuSeconds),
    memory('heapMib', 0.2, 0.4),
    memory('heapMib', 0.8, 1),
    memory('rssMib', 0.2, 0.4),
    memory('rssMib', 0.8, 1),
  ];
}

/** The largest within a part of the process's life: what comes before a collection. */
const largest = (values: readonly number[], from: number, to: number): number =>
  Math.max(...values.slice(Math.floor(values.length * from), Math.ceil(values.length * to)));

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

await main();
