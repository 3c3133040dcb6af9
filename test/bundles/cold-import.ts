import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { describeMachine } from '../bench/machine.ts';
import { markdownOf } from '../bench/report/markdown.ts';
import { type Spread, spreadOf } from '../bench/statistics.ts';
import { BUNDLES, type Bundle, bundle } from './bundles.ts';

const PAGE = join(REPOSITORY_ROOT, 'docs/benchmarks/bundles.md');
const RUNS = 15;
const TARGET_MS = 250;

/** Prints at the end of a process the milliseconds since the import of the bundle began. */
const TELL = `data:text/javascript,
  import { writeSync } from 'node:fs';
  const start = performance.now();
  process.on('exit', () => writeSync(3, String(performance.now() - start)));`;

type Measured = {
  readonly name: string;
  readonly bytes: number;
  readonly later: readonly number[];
  readonly ms: Spread;
};

/** How long a fresh Node takes to import each program of a deployment. Writes the page about it. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'task-queue-bundles-'));
  try {
    const bundled = await Promise.all(
      BUNDLES.map(async (program, index) => {
        const outdir = join(folder, String(index));
        const { bytes, later } = await bundle(program, outdir);
        return { program, file: join(outdir, 'index.mjs'), bytes, later };
      }),
    );
    // They take turns, so that a machine that becomes slower does so for all.
    const runs = Array.from({ length: RUNS }, () =>
      bundled.map(({ program, file }) => importMs(program, file)),
    );
    const measured = bundled.map(({ program: { name }, bytes, later }, index) => ({
      name,
      bytes,
      later,
      ms: spreadOf(runs.map((run) => run[index] ?? Number.NaN)),
    }));
    const page = await pageOf(measured);
    writeFileSync(PAGE, page);
    process.stdout.write(page);
    if (measured.some(({ ms }) => ms.median >= TARGET_MS)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A function's process ends when nothing is left to do, the worker's as soon as it misses its resources. */
function importMs({ entry }: Bundle, file: string): number {
  const isWorker = entry.includes('/worker/');
  const { output, status, stderr } = spawnSync(process.execPath, ['--import', TELL, file], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { AWS_REGION: 'us-east-1', ...(isWorker ? {} : ENVIRONMENT) },
  });
  if (status !== (isWorker ? 1 : 0)) throw new Error(`${entry} ended with ${status}: ${stderr}`);
  return Number(output[3]);
}

const queue = { url: 'https://sqs.test/queue', deadLetterUrl: 'https://sqs.test/dead' };
const database = { url: 'postgres://task_queue@db.test/task_queue?sslmode=verify-full', iam: true };

/** As CDK sets it. */
const ENVIRONMENT = {
  TASK_QUEUE_RESOURCES: JSON.stringify({
    table: 'tasks',
    queues: { priority: queue, standard: queue, background: queue },
    databases: { default: database },
  }),
  DATABASE_URL: database.url,
  ADMIN_SECRET: 'secret',
  MIGRATE_FUNCTION: 'function',
};

async function pageOf(measured: readonly Measured[]): Promise<string> {
  const { cpu, cores, os, node, date } = await describeMachine([]);
  const rows = measured.map(({ name, bytes, later, ms: { median, min, max } }) => [
    name,
    (bytes / 1000).toFixed(0),
    later.length === 0 ? '' : (later.reduce((sum, each) => sum + each, 0) / 1000).toFixed(0),
    ...[median, min, max].map((ms) => ms.toFixed(0)),
  ]);
  const table = markdownOf({
    headers: ['', 'kB', 'kB, when needed', 'ms, median', 'lowest', 'highest'],
    rows,
  });
  return `# Bundles

The size of each program of a deployment, and the time that a fresh Node needs to import it: the part of a cold start that this project controls.
\`npm run bench:bundles\` wrote this page: ${RUNS} processes each, alternating, ${node}, ${cpu}, ${cores} cores, ${os}, ${date.slice(0, 10)}.
The target is less than ${TARGET_MS} ms. \`npm run bundles\`, part of \`npm run check\`, fails if a bundle exceeds its size limit.

${table}

\`with-sql\` is the bundle for deployments with a queue or the task log on PostgreSQL. Modules that only some calls need, such as \`pg\`, are evaluated on first
use. The worker has separate files for S3's client, OpenTelemetry, ECS's client and credential providers: the column *kB, when needed*.
`;
}

await main();
