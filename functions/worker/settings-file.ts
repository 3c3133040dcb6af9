import { unwatchFile, watchFile } from 'node:fs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { loadConfig } from '../../shared/config/config-file.ts';

const INTERVAL_MS = 1000;

/**
 * Calls back with the new configuration after each edit of its file, or with the reason why it is invalid.
 * Returns a function that stops this.
 */
export function followConfigFile(
  path: string,
  onChange: (config: TaskQueueConfig) => void,
  onError: (error: unknown) => void,
): () => void {
  const listener = (): void => {
    try {
      onChange(loadConfig(path));
    } catch (error) {
      onError(error);
    }
  };
  watchFile(path, { interval: INTERVAL_MS }, listener);
  return () => unwatchFile(path, listener);
}
