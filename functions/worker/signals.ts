import type { Logger } from '../../shared/logger.ts';
import type { Worker } from '../../shared/worker/worker.ts';

/**
 * What the operating system may tell a worker. TERM, INT and QUIT: finish the tasks in hand, then
 * end; a second one: stop them now and hand them back. USR2: pause. CONT: resume.
 */
export function obeySignals(worker: Worker, logger: Logger): void {
  let isDraining = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      logger.info(isDraining ? 'worker cancelling its tasks' : 'worker draining', { signal });
      if (isDraining) worker.cancel();
      else worker.drain();
      isDraining = true;
    });
  }
  process.on('SIGUSR2', () => {
    worker.pause();
    logger.info('worker paused');
  });
  process.on('SIGCONT', () => {
    worker.resume();
    logger.info('worker resumed');
  });
}
