import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RESOURCES_VARIABLE } from '../../../shared/config/resources.ts';
import { BenchStack } from '../bench-stack.ts';
import { spreadOf } from '../statistics.ts';
import { format, printed } from '../table.ts';
import { cpuSecondsOf, runMeasured } from './run-measured.ts';
import type { ProcessUsage } from './usage-recorder.ts';

const USAGE = `Measures \`task-queue enqueue --bulk\` beside a raw loop of SendMessageBatch, on this machine, against emulators.

  npm run bench:bulk
  npm run bench:bulk -- --lines 200000 --runs 3

  --lines N   of the file; default: 50000
  --runs N    of each, by turns; default: 5`;

const CLI = fileURLToPath(new URL('../../../functions/cli/main.ts', import.meta.url));
const RAW_LOOP = fileURLToPath(new URL('raw-loop.ts', import.meta.url));
/** As many requests of ten as \`enqueue --bulk\` has on the way at most: 4 times 100 lines. */
const PARALLEL = 40;

type Run = ProcessUsage & {
  /** CPU that the emulators used meanwhile. */
  readonly emulatorCpuSeconds: number;
};

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
  const [raw, bulk]: [Run[], Run[]] = [[], []];
  try {
    for (let run = 0; run < runs; run++) {
      raw.push(await runOnce(stack, directory, RAW_LOOP, (url) => [file, url, String(PARALLEL)]));
      bulk.push(
        await runOnce(stack, directory, CLI, () => ['enqueue', '--bulk', file, '--restart']),
      );
    }
  } finally {
    await stack.stop();
  }
  say(
    `\n${format(lines, 0)} lines, ${runs} runs by turns; median (least–most). Time and CPU with start-up.\n`,
  );
  say(
    printed({
      headers: [
        '',
        'lines/s',
        'of raw',
        'CPU µs/line',
        "emulators' CPU",
        'MiB early',
        'late',
        'heap early',
        'late',
      ],
      rows: [row('raw loop', raw, raw, lines), row('enqueue --bulk', bulk, raw, lines)],
    }),
  );
}

const lineOf = (index: number): string =>
  `${JSON.stringify({
    name: 'compute-statistics',
    parameters: { values: [index, 1, 2, 3] },
    label: `Statistics of delivery ${index}`,
    owner: `owner-${index % 100}`,
  })}\n`;

async function runOnce(
  stack: BenchStack,
  directory: string,
  script: string,
  args: (queueUrl: string) => readonly string[],
): Promise<Run> {
  const resources = await stack.createResources(['bulk']);
  const config = join(directory, 'config.json');
  await writeFile(
    config,
    JSON.stringify({ queues: [{ name: 'bulk', weight: 1, broker: { type: 'sqs' } }] }),
  );
  const env = {
    ...stack.environment,
    [RESOURCES_VARIABLE]: JSON.stringify(resources),
    TASK_QUEUE_CONFIG: config,
  };
  const before = await emulatorCpuSeconds(stack);
  const usage = await runMeasured(script, args(resources.queues['bulk']?.url ?? ''), {
    env,
    directory,
  });
  const emulators = (await emulatorCpuSeconds(stack)) - before;
  await stack.deleteResources(resources);
  return { ...usage, emulatorCpuSeconds: emulators };
}

async function emulatorCpuSeconds({ processes }: BenchStack): Promise<number> {
  const seconds = await Promise.all(processes.pids.map(cpuSecondsOf));
  return seconds.reduce((sum, of) => sum + of, 0);
}

function row(title: string, runs: readonly Run[], base: readonly Run[], lines: number): string[] {
  const rate = ({ seconds }: Run): number => lines / seconds;
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
    memory('rssMib', 0.2, 0.4),
    memory('rssMib', 0.8, 1),
    memory('heapMib', 0.2, 0.4),
    memory('heapMib', 0.8, 1),
  ];
}

/** The largest within a part of the process's life: what comes before a collection. */
const largest = (values: readonly number[], from: number, to: number): number =>
  Math.max(...values.slice(Math.floor(values.length * from), Math.ceil(values.length * to)));

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

await main();
