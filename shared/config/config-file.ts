import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { ConfigInvalidError } from '../errors.ts';
import { JsonInvalidError, parseJson } from '../parse-json.ts';
import {
  type ConfigInput,
  type OwnStrategyNames,
  parseConfig,
  type TaskQueueConfig,
} from './config.ts';
import { replaceFile } from './replace-file.ts';

/** The content of a new configuration file. */
export const DEFAULT_CONFIG: ConfigInput = {
  queues: [
    { name: 'priority', weight: 90, broker: { type: 'sqs', receive: 10 } },
    { name: 'standard', weight: 30, broker: { type: 'sqs', receive: 10 } },
    { name: 'background', weight: 10, broker: { type: 'sqs', receive: 10 } },
  ],
  defaultQueue: 'background',
  taskQueues: {},
  strategy: 'weighted',
};

/**
 * Reads and checks a configuration file.
 * @throws {ConfigInvalidError} when it is missing, not JSON, or invalid
 */
export function loadConfig(path: string, ownStrategies: OwnStrategyNames = []): TaskQueueConfig {
  return parseConfig(readJson(path), path, ownStrategies);
}

/** @throws {ConfigInvalidError} when the file is missing or not JSON */
function readJson(path: string): unknown {
  try {
    return parseJson(readFileSync(path), { uniqueKeys: true });
  } catch (error) {
    const isJson = error instanceof JsonInvalidError;
    if (isJson && error.problems.length > 0) throw new ConfigInvalidError(path, error.problems);
    const reason = isJson ? error.message : 'cannot be read';
    throw new ConfigInvalidError(path, [{ path: '', message: `the file ${reason}` }]);
  }
}

export type ConfigFile = {
  /** As written. */
  readonly input: ConfigInput;
  /** With its defaults. */
  readonly config: TaskQueueConfig;
  readonly text: string;
};

/**
 * Reads a configuration to edit it. Returns `undefined` when there is no such file.
 * @throws {ConfigInvalidError}
 */
export function readConfigFile(
  path: string,
  ownStrategies: OwnStrategyNames = [],
): ConfigFile | undefined {
  const text = tryRead(path);
  if (text === undefined) return undefined;
  const input = readJson(path);
  const config = parseConfig(input, path, ownStrategies);
  return { input: input as ConfigInput, config, text };
}

/** The file has changed since it was read. Writing it would undo that change. */
export class ConfigChangedError extends Error {
  constructor(path: string) {
    super(`${path} has changed since it was read. Nothing was written: try again.`);
  }
}

/**
 * Replaces the whole file.
 * @param before the text to replace. Its layout is kept. Absent: there was no file
 * @throws {ConfigChangedError} when the file no longer has that text
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

const WIDTH = 100;
const INDENT = 2;

/** Objects that always have several lines, because people edit them line by line. */
const SPREAD = ['', 'queues', 'taskQueues'];

/**
 * Formats JSON as people write it: what fits on one line goes on one line.
 * @param before the text to replace. If every value has its own line there, it keeps it
 */
export function formatConfig(value: object, before = ''): string {
  const isSpread = before !== '' && before.trim() === spreadOut(parseJson(before));
  return `${isSpread ? spreadOut(value) : format(value, '', 0)}\n`;
}

const spreadOut = (value: unknown): string => JSON.stringify(value, null, INDENT);

function format(value: unknown, key: string, column: number, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const short = onOneLine(value);
  if (!SPREAD.includes(key) && column + short.length < WIDTH) return short;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const deeper = indent + ' '.repeat(INDENT);
  const lines = Object.entries(value).map(([name, item]) => {
    const label = Array.isArray(value) ? '' : `${JSON.stringify(name)}: `;
    const start = deeper + label;
    return start + format(item, Array.isArray(value) ? '[]' : name, start.length, deeper);
  });
  return lines.length === 0 ? short : `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  const fields = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${onOneLine(item)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** How often the file is looked at. */
const INTERVAL_MS = 1000;

/**
 * Calls back with the new configuration after each edit of its file, or with the reason why it is invalid.
 * Returns a function that stops this.
 */
export function followConfigFile(
  path: string,
  onChange: (config: TaskQueueConfig) => void,
  onError: (error: unknown) => void,
  ownStrategies: OwnStrategyNames = [],
): () => void {
  const listener = (): void => {
    try {
      onChange(loadConfig(path, ownStrategies));
    } catch (error) {
      onError(error);
    }
  };
  watchFile(path, { interval: INTERVAL_MS }, listener);
  return () => unwatchFile(path, listener);
}
