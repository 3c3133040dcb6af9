import { unwatchFile, watchFile } from 'node:fs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { loadConfig } from '../../shared/config/config-file.ts';

const INTERVAL_MS = 1000;

/**
 * Calls back with the configuration each time its file was edited, or with why it cannot be used.
 * Returns what ends it.
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
