import type { ChildRequest, TaskContext } from '../task/task-context.ts';
import type { Run, RunDeps } from './run.ts';
import { obey } from './stop-reasons.ts';

const PROGRESS_INTERVAL_MS = 1000;

/** The context of one attempt. Progress doubles as a heartbeat: it learns of cancellation. */
export function taskContextOf(
  { task, claim, children, file: attemptFile }: Run,
  abort: AbortController,
  { log, leaseSeconds, logger, enqueueMany = noDispatcher }: RunDeps,
): TaskContext {
  let nextProgressAt = 0;
  const withTask = (fields?: Record<string, unknown>): Record<string, unknown> => ({
    taskId: task.id,
    taskName: task.name,
    attempt: claim.attempt,
    ...fields,
  });
  const enqueueAll = (requests: readonly ChildRequest[]): Promise<string[]> =>
    children.enqueue(requests, { log, enqueueMany, abort });
  return {
    taskId: task.id,
    label: task.label,
    owner: task.owner,
    attempt: claim.attempt,
    signal: abort.signal,
    enqueueChild: async (child) => (await enqueueAll([child]))[0] ?? '',
    enqueueChildren: enqueueAll,
    logger: {
      info: (message, fields) => logger.info(message, withTask(fields)),
      warn: (message, fields) => logger.warn(message, withTask(fields)),
      error: (message, fields) => logger.error(message, withTask(fields)),
    },
    async progress(percent, message) {
      if (performance.now() < nextProgressAt) return;
      nextProgressAt = performance.now() + PROGRESS_INTERVAL_MS;
      const progress = {
        percent: Math.min(Math.max(percent || 0, 0), 100),
        ...(message === undefined ? {} : { message: message.slice(0, 200).toWellFormed() }),
      };
      try {
        obey(await log.heartbeat(claim, leaseSeconds, progress), abort);
      } catch (error) {
        logger.warn('progress could not be stored', withTask({ error }));
      }
    },
    storeFile: (file) => attemptFile.store(file, abort.signal),
  };
}

const noDispatcher = (): Promise<never> =>
  Promise.reject(new Error('This worker was given no dispatcher to enqueue children with.'));
