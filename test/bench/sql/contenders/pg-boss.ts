import { PgBoss, type Queue, type WorkOptions } from 'pg-boss';
import { connect, numberFrom } from './connect.ts';
import type { OpenContender } from './contender.ts';

const QUEUE = 'main';
const BATCH = 50;

type Parameters = { readonly index: number };

type Mode = {
  /** So many tasks at once, one way or another. */
  readonly work: (concurrency: number) => WorkOptions;
  readonly queue?: Partial<Queue>;
  readonly useListenNotify?: boolean;
};

const open =
  ({ work, queue, useListenNotify = false }: Mode): OpenContender =>
  async (url) => {
    const boss = new PgBoss({ connectionString: url, useListenNotify });
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
    await boss.start();
    await boss.createQueue(QUEUE, queue);
    const observer = await connect(url);
    return {
      async enqueue(index) {
        await boss.send(QUEUE, { index });
      },
      async enqueueMany(indexes) {
        await boss.insert(
          QUEUE,
          indexes.map((index) => ({ data: { index } })),
        );
      },
      async work(concurrency, run) {
        await boss.work<Parameters>(QUEUE, work(concurrency), async (jobs) => {
          for (const { data } of jobs) run(data.index);
        });
      },
      countOpen: () =>
        numberFrom(observer, "SELECT count(*) FROM pgboss.job WHERE state < 'completed'"),
      async close() {
        await boss.stop({ graceful: false });
        await observer.end();
      },
    };
  };

/** One job per poll, a poll every two seconds; as many such workers as tasks at once. */
export const openPgBoss = open({ work: (localConcurrency) => ({ localConcurrency }) });

/** Batches, and the next one at once as long as they come back full. */
const batches = (concurrency: number): WorkOptions => ({
  batchSize: BATCH,
  localConcurrency: Math.max(Math.floor(concurrency / BATCH), 1),
  burstWhenBatchFull: true,
});

export const openPgBossBatch = open({ work: batches });

/** pg-boss woken by notifications, its fastest way to start a single job. */
export const openPgBossNotify = open({
  work: batches,
  queue: { notify: true },
  useListenNotify: true,
});
