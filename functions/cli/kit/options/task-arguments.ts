import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { EnqueueRequest } from '../../../../shared/dispatcher/enqueue-request.ts';
import { messageOf } from '../../../../shared/foreign/text.ts';
import { JsonInvalidError, parseJson } from '../../../../shared/parse-json.ts';
import type { TaskCatalogue, TaskDefinition } from '../../../../shared/task/task-definition.ts';
import type { Host } from '../../host.ts';
import { CliError, usageError } from '../cli-error.ts';
import { didYouMean } from '../suggest.ts';

/** Options of a command that enqueues or runs one task. */
export type TaskFlags = {
  readonly param?: readonly string[];
  readonly label?: string;
  readonly owner?: string;
};

const each = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** Adds `[parameters]` and the options of a task. The name comes first. */
export const addTaskArguments = (command: Command): Command =>
  command
    .argument('[parameters]', 'Parameters: JSON, @file, or - for standard input (default: {})')
    .option(
      '-p, --param <key=value>',
      "One parameter, converted by the task's schema; repeat a key for an array",
      each,
    )
    .option('--label <text>', 'Label, 1 to 255 characters (default: the name)')
    .option('--owner <id>', 'Owner of the task, 1 to 1,024 bytes (default: the system)');

export const PARAMETERS_HELP = `
Pass parameters one by one with --param, or all at once as JSON, @file, or - for standard input. The task's
schema checks them before anything is sent.`;

/** Problems of the way the parameters are passed. */
export const parameterProblems = (
  source: string | undefined,
  { param = [] }: TaskFlags,
): string[] => [
  ...(source !== undefined && param.length > 0
    ? [`Specify parameters with --param or as "${source}", but not both.`]
    : []),
  ...param
    .filter((pair) => pair.indexOf('=') < 1)
    .map((pair) => `--param ${pair}: the form is key=value.`),
];

/**
 * Returns the task of a name that the user typed.
 * @throws {CliError} for an unknown name, with a suggestion
 */
export function knownTask(name: string, catalogue: TaskCatalogue): TaskDefinition {
  if (catalogue.names.includes(name)) return catalogue.get(name);
  throw usageError(
    `There is no task "${name}".${didYouMean(name, catalogue.names)}\n` +
      `Accepted: ${catalogue.names.join(', ')}.`,
  );
}

/** @throws {CliError} when the name is unknown, or the parameters cannot be read */
export async function taskRequestOf(
  name: string,
  source: string | undefined,
  { param = [], label, owner }: TaskFlags,
  catalogue: TaskCatalogue,
  host: Host,
): Promise<EnqueueRequest> {
  const definition = knownTask(name, catalogue);
  return {
    name,
    parameters:
      source === undefined ? await fromPairs(definition, param) : await fromJson(source, host),
    label,
    owner,
  };
}

async function fromPairs(definition: TaskDefinition, pairs: readonly string[]): Promise<unknown> {
  const { parametersOfTexts } = await import('../../../../shared/task/parameter-texts.ts');
  const texts = pairs.map((pair) => {
    const end = pair.indexOf('=');
    return [pair.slice(0, end), pair.slice(end + 1)] as const;
  });
  try {
    return parametersOfTexts(definition, texts);
  } catch (error) {
    if (!(error instanceof JsonInvalidError)) throw error;
    throw usageError(`A value of --param ${error.message}.`);
  }
}

async function fromJson(source: string, host: Host): Promise<unknown> {
  const json = await read(source, host);
  try {
    return parseJson(json);
  } catch (error) {
    if (!(error instanceof JsonInvalidError)) throw error;
    const where = source === '-' ? 'Standard input' : `"${source}"`;
    const hint = /^\w[\w-]*=/.test(source) ? ` Did you mean --param ${source}?` : '';
    throw usageError(`${where} ${error.message}.${hint}`);
  }
}

async function read(source: string, { stdin, pathOf }: Host): Promise<string | Uint8Array> {
  if (source === '-') return buffer(stdin);
  if (!source.startsWith('@')) return source;
  try {
    return await readFile(pathOf(source.slice(1)));
  } catch (error) {
    throw new CliError(`The parameters cannot be read: ${messageOf(error)}.`);
  }
}
