import type { Logger } from '../logger.ts';
import type { TaskEvents } from './task-events.ts';

/** Writes events to the log, for people at a local stack. */
export const logTaskEvents = (logger: Logger): TaskEvents => ({
  emit: async (events) =>
    events.map((event) => {
      logger.info(event.type, event);
      return undefined;
    }),
});
