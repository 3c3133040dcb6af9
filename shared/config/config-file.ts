import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type * as z from 'zod';
import { type configSchema, parseConfig, type TaskQueueConfig } from './config.ts';
import { formatConfig } from './format-config.ts';
import { readJson } from './load-config.ts';

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

/**
 * Replaces the file as a whole: whoever reads it meanwhile, or after a crash, finds the old one or
 * the new one. @param before the text that it replaces, whose layout it keeps
 */
export function writeConfigFile(path: string, input: ConfigInput, before?: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, formatConfig(input, before), { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
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
