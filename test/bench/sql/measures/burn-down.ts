import { pause } from '../../../../shared/clock.ts';
import { connect } from '../contenders/connect.ts';
import type { Contender } from '../contenders/contender.ts';
import { CONTENDERS } from '../contenders/contenders.ts';
import type { Job, Values } from '../job.ts';

const LOOK_MS = 2;

/** By `performance`, and what the process had used by then. */
type Moment = { readonly at: number; readonly cpu: NodeJS.CpuUsage };
const now = (): Moment => ({ at: performance.now(), cpu: process.cpuUsage() });

/**
 * No-ops that wait already, twice as many as are counted: the first half compiles the code and makes
 * the connections, the second half is the rate, from the start of its first to when all are finished
 * in the database, too.
 */
export async function burnDown(job: Extract<Job, { measure: 'burn-down' }>): Promise<Values> {
  const contender = await CONTENDERS[job.contender](job.url);
  const all = job.tasks * 2;
  await contender.enqueueMany(Array.from({ length: all }, (_, index) => index));
  await checkpoint(job.url);
  const starts = new Uint8Array(all);
  const done = Promise.withResolvers<void>();
  let run = 0;
  let first: Moment | undefined;
  let middle: Moment | undefined;
  await contender.work(job.concurrency, (index) => {
    first ??= now();
    if (run === job.tasks) middle = now();
    starts[index] = (starts[index] ?? 0) + 1;
    run += 1;
    if (run === all) done.resolve();
  });
  await Promise.race([done.promise, pause(job.seconds * 1000)]);
  if (run >= all) await untilFinished(contender);
  const end = now();
  await contender.close();
  const repeated = starts.filter((count) => count > 1).length;
  if (repeated > 0) throw new Error(`${repeated} tasks ran twice`);
  if (!first) throw new Error('no task began');
  return {
    tasks: run,
    ...(middle && { coldPerSecond: rateOf(job.tasks, first, middle) }),
    ...(middle ? valuesOf(run - job.tasks, middle, end) : valuesOf(run, first, end)),
  };
}

const valuesOf = (tasks: number, from: Moment, to: Moment): Values => ({
  tasksPerSecond: rateOf(tasks, from, to),
  cpuMicrosPerTask: (to.cpu.user + to.cpu.system - from.cpu.user - from.cpu.system) / tasks,
});

const rateOf = (tasks: number, from: Moment, to: Moment): number =>
  (tasks / (to.at - from.at)) * 1000;

async function untilFinished(contender: Contender): Promise<void> {
  while ((await contender.countOpen()) > 0) await pause(LOOK_MS);
}

/** Writes the pages that filling left dirty, so that the run does not have to. */
async function checkpoint(url: string): Promise<void> {
  const client = await connect(url);
  await client.query('CHECKPOINT');
  await client.end();
}
