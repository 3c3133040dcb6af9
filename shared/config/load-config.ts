import { readFileSync } from 'node:fs';
import { ConfigInvalidError } from '../errors.ts';
import { parseConfig, type TaskQueueConfig } from './config.ts';

/**
 * Reads and checks a configuration file.
 * @throws {ConfigInvalidError} when it is missing, not JSON, or invalid
 */
export function loadConfig(path: string): TaskQueueConfig {
  return parseConfig(readJson(path), path);
}

/** What a file of JSON holds. @throws {ConfigInvalidError} when it is missing, or not JSON */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? `is not JSON: ${error.message}` : 'cannot be read';
    throw new ConfigInvalidError(path, [{ path: '', message: `the file ${reason}` }]);
  }
}
