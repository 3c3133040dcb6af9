import { parseConfig } from '../../../../shared/config/config.ts';
import { PostgresBroker } from '../../../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../../../shared/postgres/database.ts';
import { migrate } from '../../../../shared/postgres/schema.ts';
import { encodeTask } from '../../../../shared/task/message.ts';
import { Worker } from '../../../../shared/worker/worker.ts';
import { benchTask, benchTaskOf } from '../../bench-task.ts';
import { NullTaskLog } from '../../null-task-log.ts';
import { connect, numberFrom } from './connect.ts';
import type { OpenContender } from './contender.ts';

export const QUEUE = 'main';

/** The message of a task, as the API sends it. */
export const messageOf = (index: number): { body: string } => ({
  body: encodeTask(benchTaskOf({ index, queue: QUEUE, milliseconds: 0, sentAt: 0 })),
});

/** The real broker and the real worker with their defaults; the task log keeps nothing. */
export const openOurs: OpenContender = async (url) => {
  const database = new PostgresDatabase({ url });
  await migrate(database);
  const broker = new PostgresBroker(QUEUE, database);
  const observer = await connect(url);
  let worker: Worker | undefined;
  let working: Promise<void> | undefined;
  return {
    async enqueue(index) {
      const [refusal] = await broker.publish([messageOf(index)]);
      if (refusal) throw refusal;
    },
    async enqueueMany(indexes) {
      const refusals = await broker.publish(indexes.map(messageOf));
      for (const refusal of refusals) if (refusal) throw refusal;
    },
    async work(concurrency, run) {
      worker = createWorker(broker, concurrency, run);
      working = worker.run();
    },
    countOpen: () => numberFrom(observer, 'SELECT count(*) FROM task_queue.messages'),
    async close() {
      worker?.drain();
      // Not waited for, a parked poll has up to 20 s.
      await Promise.race([working, database.end()]);
      await observer.end();
    },
  };
};

function createWorker(
  broker: PostgresBroker,
  concurrency: number,
  run: (index: number) => void,
): Worker {
  const handler = benchTask.handledBy(async ({ parameters }) => run(parameters.index));
  return new Worker({
    config: parseConfig(
      {
        queues: [{ name: QUEUE, weight: 1, broker: { type: 'postgres', persistence: 'default' } }],
        worker: { concurrency },
      },
      'of the benchmark',
    ),
    brokers: new Map([[QUEUE, broker]]),
    log: new NullTaskLog(),
    handlers: new Map([[benchTask.name, handler]]),
    workerId: `bench-${process.pid}`,
    logger: { info: () => {}, warn: complain, error: complain },
  });
}

const complain = (message: string, fields?: Record<string, unknown>): void => {
  process.stderr.write(`${message} ${String(fields?.['error'] ?? '')}\n`);
};
