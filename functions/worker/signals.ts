import type { Logger } from '../../shared/logger.ts';
import type { Worker } from '../../shared/worker/worker.ts';
import type { Release } from './releasers.ts';

type SignalWorker = Pick<Worker, 'mode' | 'pause' | 'resume' | 'drain' | 'cancel'>;

/**
 * Obeys signals until it is released. TERM, INT and QUIT: finish the tasks in hand, then end. A second
 * one: stop the tasks now and requeue them. USR2: pause. CONT: resume.
 */
export function obeySignals(worker: SignalWorker, logger: Logger): Release {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    logger.info(isStopping ? 'worker cancelling its tasks' : 'worker draining', { signal });
    if (isStopping) worker.cancel();
    else worker.drain();
    isStopping = true;
  };
  // A worker that drains is neither paused nor resumed, and the log does not say so.
  const pause = (): void => {
    worker.pause();
    if (worker.mode === 'paused') logger.info('worker paused');
  };
  const resume = (): void => {
    if (worker.mode !== 'paused') return;
    worker.resume();
    logger.info('worker resumed');
  };
  const listeners: [NodeJS.Signals, NodeJS.SignalsListener][] = [
    ['SIGTERM', stop],
    ['SIGINT', stop],
    ['SIGQUIT', stop],
    ['SIGUSR2', pause],
    ['SIGCONT', resume],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
