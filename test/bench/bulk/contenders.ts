import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RESOURCES_VARIABLE } from '../../../shared/deployment/resources.ts';
import type { BenchStack } from '../bench-stack.ts';
import { cpuSecondsOf, type Measured, runMeasured } from './run-measured.ts';

const CLI = fileURLToPath(new URL('../../../functions/cli/main.ts', import.meta.url));
const RAW_LOOP = fileURLToPath(new URL('raw-loop.ts', import.meta.url));
const NULL_LOG_SERVER = fileURLToPath(new URL('null-log-server.ts', import.meta.url));

/** Requests of ten in flight, as many as `enqueue --bulk` has at most: 4 times 100 lines. */
const PARALLEL = 40;
/** Parallel puts of one DynamoDB client, by default. */
const PARALLEL_PUTS = 5;

export type Run = Measured & {
  /** CPU that the emulators used meanwhile. */
  readonly emulatorCpuSeconds: number;
};

export type Contender = {
  readonly title: string;
  readonly script: string;
  readonly args: (file: string, queueUrl: string, table: string) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
};

/** The first is what the others are compared with. */
export async function contendersOn({ processes }: BenchStack): Promise<Contender[]> {
  const nullLog = await processes.start({
    name: 'the null log',
    command: process.execPath,
    args: [NULL_LOG_SERVER],
    ready: /^ready (\S+)/,
  });
  const raw = (title: string, mode: string, parallel = PARALLEL): Contender => ({
    title,
    script: RAW_LOOP,
    args: (file, queueUrl, table) => [file, mode, String(parallel), queueUrl, table],
  });
  const bulk = {
    script: CLI,
    args: (file: string) => ['enqueue', '--bulk', file, '--restart', '--json'],
  };
  return [
    raw('raw loop, no records', 'messages'),
    { title: 'enqueue --bulk', ...bulk },
    {
      title: 'enqueue --bulk --without-records',
      script: CLI,
      args: (file: string) => [...bulk.args(file), '--without-records'],
    },
    {
      title: '  with a log that keeps nothing',
      ...bulk,
      env: { AWS_ENDPOINT_URL_DYNAMODB: nullLog.announced },
    },
    raw('raw loop, a record each', 'records', PARALLEL_PUTS),
    raw('the records alone, unconditional', 'log', PARALLEL_PUTS),
  ];
}

/** On queues and a table of its own. */
export async function runOnce(
  { script, args, env }: Contender,
  file: string,
  stack: BenchStack,
  directory: string,
): Promise<Run> {
  const resources = await stack.createResources(['bulk']);
  const config = join(directory, 'config.json');
  await writeFile(
    config,
    JSON.stringify({ queues: [{ name: 'bulk', weight: 1, broker: { type: 'sqs' } }] }),
  );
  const before = await emulatorCpuSeconds(stack);
  const url = resources.queues['bulk']?.url ?? '';
  const measured = await runMeasured(script, args(file, url, resources.table), {
    env: {
      ...stack.environment,
      [RESOURCES_VARIABLE]: JSON.stringify(resources),
      TASK_QUEUE_CONFIG: config,
      ...env,
    },
    directory,
  });
  const emulators = (await emulatorCpuSeconds(stack)) - before;
  await stack.deleteResources(resources);
  return { ...measured, emulatorCpuSeconds: emulators };
}

async function emulatorCpuSeconds({ processes }: BenchStack): Promise<number> {
  const seconds = await Promise.all(processes.pids.map(cpuSecondsOf));
  return seconds.reduce((sum, of) => sum + of, 0);
}
