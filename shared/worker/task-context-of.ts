import type { Logger } from '../logger.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import type { Run } from './run.ts';
import { obey } from './stop-reasons.ts';

const PROGRESS_INTERVAL_MS = 1000;

/** The context of one attempt. Progress doubles as a heartbeat: it learns of cancellation. */
export function taskContextOf(
  { task, claim, file: attemptFile }: Run,
  abort: AbortController,
  { log, leaseSeconds, logger }: { log: TaskLog; leaseSeconds: number; logger: Logger },
): TaskContext {
  let nextProgressAt = 0;
  const withTask = (fields?: Record<string, unknown>): Record<string, unknown> => ({
    taskId: task.id,
    taskName: task.name,
    attempt: claim.attempt,
    ...fields,
  });
  return {
    taskId: task.id,
    label: task.label,
    owner: task.owner,
    attempt: claim.attempt,
    signal: abort.signal,
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
