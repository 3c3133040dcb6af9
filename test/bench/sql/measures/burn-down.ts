import { pause } from '../../../../shared/clock.ts';
import { connect } from '../contenders/connect.ts';
import { CONTENDERS } from '../contenders/contenders.ts';
import type { Job, Values } from '../job.ts';

/** A contender that polls every two seconds has its rate by then. */
const LONGEST_MS = 20_000;
const LOOK_MS = 2;

/**
 * No-ops that wait already, from the start of the first to the end of the last: when all are finished
 * in the database, too.
 */
export async function burnDown(job: Extract<Job, { measure: 'burn-down' }>): Promise<Values> {
  const contender = await CONTENDERS[job.contender](job.url);
  await contender.enqueueMany(Array.from({ length: job.tasks }, (_, index) => index));
  await checkpoint(job.url);
  const starts = new Uint8Array(job.tasks);
  const begun = Promise.withResolvers<number>();
  const done = Promise.withResolvers<void>();
  let run = 0;
  const cpu = process.cpuUsage();
  await contender.work(job.concurrency, (index) => {
    if (run === 0) begun.resolve(performance.now());
    starts[index] = (starts[index] ?? 0) + 1;
    run += 1;
    if (run === job.tasks) done.resolve();
  });
  const startedAt = await begun.promise;
  await Promise.race([done.promise, pause(LONGEST_MS)]);
  const isDone = run >= job.tasks;
  const tasks = Math.min(run, job.tasks);
  while (isDone && (await contender.countOpen()) > 0) await pause(LOOK_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await contender.close();
  const repeated = starts.filter((count) => count > 1).length;
  if (repeated > 0) throw new Error(`${repeated} tasks ran twice`);
  return {
    tasks,
    seconds,
    tasksPerSecond: tasks / seconds,
    cpuMicrosPerTask: (user + system) / tasks,
  };
}

/** What filling it has left to write is not written during the run. */
async function checkpoint(url: string): Promise<void> {
  const client = await connect(url);
  await client.query('CHECKPOINT');
  await client.end();
}
