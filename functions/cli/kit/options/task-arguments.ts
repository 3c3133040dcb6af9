import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { EnqueueRequest } from '../../../../shared/dispatcher/enqueue-request.ts';
import type { TaskCatalogue, TaskDefinition } from '../../../../shared/task/task-definition.ts';
import { CliError, usageError } from '../cli-error.ts';
import { didYouMean } from '../suggest.ts';

/** Options of a command that makes one task. */
export type TaskOptions = {
  readonly param?: readonly string[];
  readonly label?: string;
  readonly owner?: string;
};

const each = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** `[parameters]` and the options that say what task it is. The name comes before it. */
export const addTaskArguments = (command: Command): Command =>
  command
    .argument('[parameters]', 'JSON, @file, or - for standard input (default: {})')
    .option(
      '-p, --param <key=value>',
      "one parameter, as often as needed, read as the task's schema wants it; repeated: an array",
      each,
    )
    .option('--label <text>', 'for people, 1 to 255 characters (default: the name)')
    .option('--owner <id>', "whose task it is, 1 to 1,024 bytes (default: the system's)");

export const PARAMETERS_HELP = `
Parameters are given one by one (--param), or all at once: as JSON, as @file, or as - for standard
input. The task's own schema checks them before anything is sent.`;

/** What is wrong with how the parameters are given. */
export const parameterProblems = (
  source: string | undefined,
  { param = [] }: TaskOptions,
): string[] => [
  ...(source !== undefined && param.length > 0
    ? [`Parameters come from --param or from "${source}", not from both.`]
    : []),
  ...param
    .filter((pair) => pair.indexOf('=') < 1)
    .map((pair) => `--param ${pair}: it must be key=value.`),
];

/**
 * The definition of a name that somebody typed.
 * @throws {CliError} for an unknown one, with what may have been meant
 */
export function knownTask(name: string, catalogue: TaskCatalogue): TaskDefinition {
  if (catalogue.names.includes(name)) return catalogue.get(name);
  throw usageError(
    `No task is named "${name}".${didYouMean(name, catalogue.names)}\n` +
      `There are: ${catalogue.names.join(', ')}.`,
  );
}

/** @throws {CliError} when the name is unknown, or the parameters cannot be read */
export async function taskRequestOf(
  name: string,
  source: string | undefined,
  { param = [], label, owner }: TaskOptions,
  catalogue: TaskCatalogue,
): Promise<EnqueueRequest> {
  const definition = knownTask(name, catalogue);
  return {
    name,
    parameters: source === undefined ? await fromPairs(definition, param) : await fromJson(source),
    ...(label !== undefined && { label }),
    ...(owner !== undefined && { owner }),
  };
}

async function fromPairs(definition: TaskDefinition, pairs: readonly string[]): Promise<unknown> {
  const { parametersOfTexts } = await import('../../../../shared/task/parameter-texts.ts');
  const texts = pairs.map((pair) => {
    const end = pair.indexOf('=');
    return [pair.slice(0, end), pair.slice(end + 1)] as const;
  });
  return parametersOfTexts(definition, texts);
}

async function fromJson(source: string): Promise<unknown> {
  const json = await read(source);
  try {
    return JSON.parse(json);
  } catch (error) {
    const where = source === '-' ? 'standard input' : source;
    const hint = /^\w[\w-]*=/.test(source) ? ` Did you mean --param ${source}?` : '';
    throw usageError(`The parameters are not JSON (${where}): ${messageOf(error)}.${hint}`);
  }
}

async function read(source: string): Promise<string> {
  if (source === '-') return text(process.stdin);
  if (!source.startsWith('@')) return source;
  try {
    return await readFile(source.slice(1), 'utf8');
  } catch (error) {
    throw new CliError(`The parameters cannot be read: ${messageOf(error)}.`);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
