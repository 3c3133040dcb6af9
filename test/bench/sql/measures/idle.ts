import { pause } from '../../../../shared/clock.ts';
import { connect, numberFrom } from '../contenders/connect.ts';
import { CONTENDERS } from '../contenders/contenders.ts';
import type { Job, Values } from '../job.ts';

/** By then it has started, and found its queue empty. */
const SETTLED_AFTER_MS = 3000;

/** Counts every statement in the database except our own, by the server's statistics. */
const COUNT = `
  SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND toplevel AND query NOT LIKE '%pg_stat_statements%'`;

/** Statements a minute of one worker with one empty queue. */
export async function idle(job: Extract<Job, { measure: 'idle' }>): Promise<Values> {
  const observer = await connect(job.url);
  await observer.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const contender = await CONTENDERS[job.contender](job.url);
  await contender.work(10, () => undefined);
  await pause(SETTLED_AFTER_MS);
  const before = await numberFrom(observer, COUNT);
  await pause(job.seconds * 1000);
  const statements = (await numberFrom(observer, COUNT)) - before;
  await contender.close();
  await observer.end();
  return { statementsPerMinute: (statements / job.seconds) * 60 };
}
