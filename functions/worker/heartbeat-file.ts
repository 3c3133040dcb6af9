import { writeFileSync } from 'node:fs';
import type { Logger } from '../../shared/logger.ts';

/**
 * Shows from outside that the event loop turns: the file's time is renewed at every beat. The
 * container's health check looks at its age.
 */
export function beat(path: string, logger: Logger): void {
  try {
    writeFileSync(path, `${new Date().toISOString()}\n`);
  } catch (error) {
    logger.warn('heartbeat file could not be written', { path, error });
  }
}
