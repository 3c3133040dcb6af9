import { writeFileSync } from 'node:fs';
import type { Logger } from '../../shared/logger.ts';
import type { Worker } from '../../shared/worker/worker.ts';

const INTERVAL_MS = 2000;

/**
 * Shows from outside how the worker is. Alive: the file's time is renewed at every beat, and the
 * container's health check looks at its age. Ready: its `status` is `working`.
 * @returns what ends it
 */
export function keepBeating(path: string, worker: Worker, logger: Logger): () => void {
  beat(path, worker, logger);
  const timer = setInterval(() => beat(path, worker, logger), INTERVAL_MS);
  return () => clearInterval(timer);
}

function beat(path: string, worker: Worker, logger: Logger): void {
  try {
    const { mode: status, busySlots } = worker;
    writeFileSync(path, `${JSON.stringify({ status, busySlots, at: new Date() })}\n`);
  } catch (error) {
    logger.warn('heartbeat file could not be written', { path, error });
  }
}
