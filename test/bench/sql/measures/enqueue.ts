import { Pool } from 'pg';
import { CONTENDERS } from '../contenders/contenders.ts';
import { insertMany } from '../contenders/insert-many.ts';
import { openOurs, QUEUE } from '../contenders/ours.ts';
import type { Job, Values } from '../job.ts';

const IN_FLIGHT = 100;
/** So that no code is compiled and no connection is made within what is measured. */
const WARM_UP = 200;
/** The bulk has this many times more tasks. */
const BULK = 10;

type Enqueue = {
  one(index: number): Promise<void>;
  many(indexes: readonly number[]): Promise<void>;
  close(): Promise<void>;
};

/** Tasks a second: sent one at a time, many senders at once, and all in one call. */
export async function enqueue(job: Extract<Job, { measure: 'enqueue' }>): Promise<Values> {
  const sender = await open(job);
  const bulk = Array.from({ length: job.tasks * BULK }, (_, index) => index);
  const singly = bulk.slice(0, job.tasks);
  await sendTogether(sender, bulk.slice(0, WARM_UP));
  await sender.many(bulk.slice(0, WARM_UP));
  const values = {
    onePerSecond: await rateOf(singly, async () => {
      for (const index of singly) await sender.one(index);
    }),
    togetherPerSecond: await rateOf(singly, () => sendTogether(sender, singly)),
    bulkPerSecond: await rateOf(bulk, () => sender.many(bulk)),
  };
  await sender.close();
  return values;
}

async function open({ contender, url }: Extract<Job, { measure: 'enqueue' }>): Promise<Enqueue> {
  if (contender === 'raw-same-table') return rawIntoOurTable(url);
  const opened = await CONTENDERS[contender](url);
  return {
    one: (index) => opened.enqueue(index),
    many: (indexes) => opened.enqueueMany(indexes),
    close: () => opened.close(),
  };
}

/** A multi-row insert into the same table with the same indexes: what ours is compared with. */
async function rawIntoOurTable(url: string): Promise<Enqueue> {
  const ours = await openOurs(url);
  const pool = new Pool({ connectionString: url, max: 10 });
  const insert = 'INSERT INTO task_queue.messages (queue, visible_at, body) VALUES';
  const many = (indexes: readonly number[]) =>
    insertMany(pool, indexes, insert, (place) => `('${QUEUE}', clock_timestamp(), ${place})`);
  return {
    one: (index) => many([index]),
    many,
    async close() {
      await pool.end();
      await ours.close();
    },
  };
}

async function sendTogether(sender: Enqueue, indexes: readonly number[]): Promise<void> {
  const waiting = [...indexes];
  const send = async (): Promise<void> => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      await sender.one(index);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
}

async function rateOf(indexes: readonly number[], send: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await send();
  return (indexes.length / (performance.now() - startedAt)) * 1000;
}
