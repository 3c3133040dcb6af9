import { Logger, makeWorkerUtils, type Runner, run as startRunner } from 'graphile-worker';
import { connect, numberFrom } from './connect.ts';
import type { OpenContender } from './contender.ts';

const TASK = 'benchmark';

/** A part of its preset. */
type Mode = (concurrency: number) => Partial<GraphileConfig.WorkerOptions>;

const quiet = new Logger(() => (level, message) => {
  if (level === 'error') process.stderr.write(`graphile-worker: ${message}\n`);
});

const open =
  (mode: Mode): OpenContender =>
  async (url) => {
    const shared = { connectionString: url, logger: quiet };
    const utils = await makeWorkerUtils(shared);
    await utils.migrate();
    const observer = await connect(url);
    let runner: Runner | undefined;
    return {
      async enqueue(index) {
        await utils.addJob(TASK, { index });
      },
      async enqueueMany(indexes) {
        await utils.addJobs(indexes.map((index) => ({ identifier: TASK, payload: { index } })));
      },
      async work(concurrency, run) {
        runner = await startRunner({
          ...shared,
          preset: { worker: { concurrentJobs: concurrency, ...mode(concurrency) } },
          noHandleSignals: true,
          parsedCronItems: [],
          taskList: {
            [TASK]: (payload) => run((payload as { index: number }).index),
          },
        });
      },
      countOpen: () => numberFrom(observer, 'SELECT count(*) FROM graphile_worker._private_jobs'),
      async close() {
        await runner?.stop();
        await utils.release();
        await observer.end();
      },
    };
  };

export const openGraphileWorker = open(() => ({}));

/** https://worker.graphile.org/docs/performance, "Quick stats": a connection more than tasks at once. */
export const openGraphileWorkerBatch = open((concurrency) => ({
  maxPoolSize: concurrency + 1,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
}));
