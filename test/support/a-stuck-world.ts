import { parseConfig } from '../../shared/config/config.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { type RequeueStuckOptions, requeueStuck } from '../../shared/dispatcher/requeue.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { decodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import type { StuckQuery } from '../../shared/task-log/waiting-tasks.ts';
import { greet } from './a-dispatcher.ts';
import { aTask } from './a-task.ts';
import { ManualClock } from './manual-clock.ts';
import { aLife } from './mortal.ts';
import { quietLogger } from './quiet-logger.ts';
import { aClaim, done } from './task-log-harness.ts';

export const FOREVER = Number.POSITIVE_INFINITY;
const AN_HOUR = 3600;

/** Queues, a log in which tasks have waited for an hour, and workers. */
export function aStuckWorld(configured: Record<string, unknown> = {}) {
  const queues = ['main', 'fast'].map((name) => ({ name, weight: 1, broker: { type: 'sqs' } }));
  const config = parseConfig({ queues, ...configured }, 'of a test');
  const clock = new ManualClock();
  const files = new MemoryFileStore();
  const log = new MemoryTaskLog(clock, files);
  const [main, fast] = [new MemoryBroker(clock), new MemoryBroker(clock)];
  const catalogue = taskCatalogue([greet]);
  const logger = quietLogger();
  const runs: string[] = [];

  /** Recorded an hour ago. Its message is lost. */
  const orphan = async (changes: Partial<Task> = {}, queue = 'main'): Promise<Task> => {
    const id = newTaskId();
    const task = aTask({ id, name: 'greet', parameters: { whom: 'Ann' }, ...changes });
    await log.recordEnqueued(task, queue);
    return task;
  };

  /** A new process restarts what is stuck, and dies after so many writes. */
  const restart = (
    query: Partial<StuckQuery> = {},
    options: Partial<RequeueStuckOptions> = {},
    writes = FOREVER,
  ) => {
    const life = aLife(writes);
    const redelivery = life(log.redelivery, 'prepareRequeue', 'recordRequeue');
    const brokers = new Map([
      ['main', life(main, 'publish')],
      ['fast', life(fast, 'publish')],
    ]);
    const runSync = async (queue: string, body: string): Promise<void> => run(queue, body);
    const parts = { config, catalogue, brokers, log, redelivery, logger, runSync };
    const dispatcher = new Dispatcher(parts);
    return requeueStuck(
      { names: ['greet'], ageSeconds: 300, ...query },
      { now: clock.now(), ...options },
      { ...parts, files, dispatcher },
    );
  };

  const run = async (queue: string, body: string): Promise<void> => {
    const task = decodeTask(body);
    const result = await log.claim(task, { ...aClaim(), queue });
    if (result.outcome !== 'claimed') return;
    runs.push(task.id);
    await log.finish(result.claim, done);
  };

  /** A worker takes every message that is there, as its claim allows. */
  const work = async (): Promise<void> => {
    for (const [queue, broker] of [['main', main] as const, ['fast', fast] as const]) {
      const taken = await broker.receive({ max: 100, waitSeconds: 0, leaseSeconds: 30 });
      for (const { body } of taken) await run(queue, body);
      await broker.ack(taken);
    }
  };

  const anHourLater = (): void => clock.advance(AN_HOUR);
  return { clock, log, files, main, fast, runs, orphan, restart, work, anHourLater };
}
