import * as z from 'zod';
import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import type { EnqueueRequest } from '../dispatcher/enqueue-request.ts';
import type { Prepared } from '../dispatcher/prepare-task.ts';
import { type FieldProblem, TaskQueueError } from '../errors.ts';
import { JsonInvalidError, parseJson } from '../parse-json.ts';
import { fieldProblems } from '../validation.ts';
import { type Line, MAX_LINE_BYTES } from './line-reader.ts';

/** Defaults for values that a line does not contain. */
export type BulkDefaults = {
  /** Given, each line is the parameters of such a task and nothing else. */
  readonly name?: string;
  readonly label?: string;
  readonly owner?: string;
  readonly delaySeconds?: number;
};

/** A line that creates no task until you fix it. */
export type Refusal = {
  readonly line: number;
  readonly message: string;
  readonly problems: readonly FieldProblem[];
  /** Text of the line. */
  readonly text: string;
};

/** As far as a line itself goes. Its task's schema and the limits are for the dispatcher to check. */
const lineSchema = z.strictObject({
  name: z.string(),
  parameters: z.custom((value) => value !== undefined, 'is missing; {} if the task takes none'),
  label: z.string().optional(),
  owner: z.string().optional(),
  delaySeconds: z.number().optional(),
  masterStatus: z.boolean().optional(),
});

/**
 * The task that a line makes, or what is wrong with it; nothing for an empty one.
 * @throws what is wrong with this process, and not with the line
 */
export function preparedLine(
  line: Line,
  defaults: BulkDefaults,
  dispatcher: Dispatcher,
): Prepared | Refusal | undefined {
  const request = requestOfLine(line, defaults, (...task) => dispatcher.check(...task));
  if (request === undefined || isRefusal(request)) return request;
  const [item] = dispatcher.prepare([request]);
  if (!(item instanceof Error)) return item;
  const refusal = refusalOfError(line, item);
  if (refusal === undefined) throw item;
  return refusal;
}

/** Checks a name and its parameters. @throws {TaskQueueError} */
export type CheckTask = (name: string, parameters: unknown) => void;

/** The request that a line makes; nothing for an empty one. */
export function requestOfLine(
  line: Line,
  { name, ...defaults }: BulkDefaults,
  check: CheckTask,
): EnqueueRequest | Refusal | undefined {
  const { text } = line;
  if (text === undefined) return refusal(line, unreadable(line));
  if (text.trim() === '') return undefined;
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonInvalidError)) throw error;
    return refusal(line, `The line ${error.message}`, error.problems);
  }
  if (name !== undefined) return { ...defaults, name, parameters: json };
  const parsed = lineSchema.safeParse(json);
  if (parsed.success) return { ...defaults, ...(parsed.data as EnqueueRequest) };
  const problems = [...fieldProblems(parsed.error), ...parameterProblems(json, check)];
  return refusal(line, 'The line is no task.', problems);
}

/** @returns nothing for an error that is not the line's own */
export function refusalOfError(line: Line, error: Error): Refusal | undefined {
  if (!(error instanceof TaskQueueError) || !REFUSALS.has(error.code)) return undefined;
  return refusal(line, error.message, error.problems);
}

export const isRefusal = (found: object): found is Refusal => 'line' in found;

const REFUSALS = new Set([
  'CONFIG_INVALID',
  'PARAMETERS_INVALID',
  'TASK_NAME_UNKNOWN',
  'TASK_TOO_LARGE',
]);

const refusal = (
  { number, text = '' }: Line,
  message: string,
  problems: readonly FieldProblem[] = [],
): Refusal => ({ line: number, message, problems, text });

const unreadable = ({ bytes }: Line): string =>
  bytes > MAX_LINE_BYTES
    ? `The line is longer than ${MAX_LINE_BYTES} bytes.`
    : 'The line is not UTF-8.';

const namedSchema = z.object({ name: z.string(), parameters: z.unknown() });

/** So that a bad label does not hide bad parameters. */
function parameterProblems(json: unknown, check: CheckTask): readonly FieldProblem[] {
  const named = namedSchema.safeParse(json);
  if (!named.success || named.data.parameters === undefined) return [];
  try {
    check(named.data.name, named.data.parameters);
    return [];
  } catch (error) {
    return error instanceof TaskQueueError ? error.problems : [];
  }
}
