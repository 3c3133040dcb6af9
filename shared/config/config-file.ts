import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { type configSchema, parseConfig, type TaskQueueConfig } from './config.ts';
import { formatConfig } from './format-config.ts';
import { readJson } from './load-config.ts';
import { replaceFile } from './replace-file.ts';

/** A valid configuration as people write it: without its defaults, in their order. */
export type ConfigInput = z.input<typeof configSchema>;

export type ConfigFile = {
  readonly input: ConfigInput;
  readonly config: TaskQueueConfig;
  readonly text: string;
};

/** `undefined`: there is no such file. @throws {ConfigInvalidError} */
export function readConfigFile(path: string): ConfigFile | undefined {
  const text = tryRead(path);
  if (text === undefined) return undefined;
  const input = readJson(path);
  const config = parseConfig(input, path);
  return { input: input as ConfigInput, config, text };
}

/** Somebody else has changed the file since it was read: writing it would undo that. */
export class ConfigChangedError extends Error {
  constructor(path: string) {
    super(`Somebody else has changed ${path} meanwhile. It was left like that: try again.`);
  }
}

/**
 * Replaces the file as a whole.
 * @param before the text that it replaces, whose layout it keeps. Absent: there was none
 * @throws {ConfigChangedError} when it is another one by now
 */
export function writeConfigFile(path: string, input: ConfigInput, before?: string): void {
  const text = formatConfig(input, before);
  const check = (): void => {
    if (tryRead(path) !== before) throw new ConfigChangedError(path);
  };
  try {
    replaceFile(path, text, check);
  } catch (error) {
    if (error instanceof ConfigChangedError) throw error;
    throw new Error(`${path} cannot be written.`, { cause: error });
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
