import { unwatchFile, watchFile } from 'node:fs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { loadConfig } from '../../shared/config/load-config.ts';
import type { Logger } from '../../shared/logger.ts';

const INTERVAL_MS = 1000;

/**
 * Calls back with the configuration each time its file was edited; one that is invalid is logged,
 * and the last one stays. Returns what ends it. A worker on AWS has its configuration bundled.
 */
export function followConfigFile(
  path: string | undefined,
  onChange: (config: TaskQueueConfig) => void,
  logger: Logger,
): () => void {
  if (path === undefined) return () => {};
  const listener = (): void => {
    try {
      onChange(loadConfig(path));
    } catch (error) {
      logger.error('the edited configuration is not used', { error });
    }
  };
  watchFile(path, { interval: INTERVAL_MS }, listener);
  return () => unwatchFile(path, listener);
}
