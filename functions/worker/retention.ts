import type { Logger } from '../../shared/logger.ts';

const INTERVAL_MS = 3_600_000;

/**
 * Removes what is kept no longer, now and every hour: workers that come and go do it too. Any number of
 * them share the work. Returns what ends it.
 */
export function keepRemoving(removeExpired: () => Promise<number>, logger: Logger): () => void {
  const remove = async (): Promise<void> => {
    try {
      const tasks = await removeExpired();
      if (tasks > 0) logger.info('expired tasks removed', { tasks });
    } catch (error) {
      logger.warn('expired tasks could not be removed; the next try is in an hour', { error });
    }
  };
  void remove();
  const timer = setInterval(() => void remove(), INTERVAL_MS);
  return () => clearInterval(timer);
}
