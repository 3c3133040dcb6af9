import * as z from 'zod';
import { defined } from '../defined.ts';
import type { FieldProblem } from '../errors.ts';
import { isTaskId } from '../ids.ts';
import { isNestedDeeper, type JsonValue } from '../json.ts';
import { JsonInvalidError, parseJson } from '../parse-json.ts';
import { fieldProblems } from '../validation.ts';
import type { Task, TraceContext, TracedTask } from './task.ts';

/** A lone surrogate is no Unicode: DynamoDB refuses it. */
const wellFormed = (text: string): boolean => text.isWellFormed();

/** PostgreSQL stores no such text. Within parameters it is fine: they are stored as JSON, which escapes it. */
export const withoutNul = (text: string): boolean => !text.includes('\0');
export const NUL_RULE = 'must not have the character U+0000';

/** PostgreSQL has no year 0. */
const isSinceYear1 = (time: string): boolean => !time.startsWith('0000');

/** It rounds to microseconds, and refuses what has more than a hundred digits. */
const hasNanosecondsAtMost = (time: string): boolean => !/\.\d{10}/.test(time);

const MAX_NESTING = 100;

/** Deeper parameters could overflow the stack of a schema or of a later reader. */
export const isShallow = (parameters: unknown): boolean => !isNestedDeeper(parameters, MAX_NESTING);
export const NESTING_RULE = `must not be nested deeper than ${MAX_NESTING} levels`;

const text = z
  .string()
  .min(1)
  .max(255)
  .refine(wellFormed, 'must be well-formed Unicode')
  .refine(withoutNul, NUL_RULE);

/**
 * The ARN of an IAM principal with the longest path and name there may be fits in, and it fits in
 * the key of an index, which DynamoDB limits to 2,048 bytes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const MAX_OWNER_BYTES = 1024;

/** Whose a task is: 1 to 1,024 bytes. */
export const ownerSchema = z
  .string()
  .min(1)
  .refine(wellFormed, 'must be well-formed Unicode')
  .refine(withoutNul, NUL_RULE)
  .refine((owner) => Buffer.byteLength(owner) <= MAX_OWNER_BYTES, 'must have at most 1,024 bytes')
  .meta({ maxLength: MAX_OWNER_BYTES }); // for JSON Schema, which cannot count bytes

/** Drops an invalid trace, because a task is worth more than its connected spans. */
const traceSchema = z
  .object({
    traceparent: z.string().regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
    tracestate: z.string().max(512).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

const taskSchema = z.object({
  id: z.string().refine(isTaskId, 'must be a ULID'),
  name: text,
  // Taken as they are: they were JSON, and the task's own schema checks them.
  parameters: z
    .custom<JsonValue>((value) => value !== undefined, 'is missing')
    .refine(isShallow, NESTING_RULE),
  parametersAt: z
    .string()
    .min(1)
    .max(1024)
    .refine(withoutNul, NUL_RULE)
    .refine(wellFormed, 'must be well-formed Unicode')
    .optional(),
  label: text,
  owner: ownerSchema.optional(),
  parentId: text.optional(),
  retryOf: text.optional(),
  masterStatus: z.boolean().default(false),
  createdAt: z.iso
    .datetime()
    .refine(isSinceYear1, 'must be of the year 1 or later')
    .refine(hasNanosecondsAtMost, 'must not be finer than nanoseconds'),
  trace: traceSchema,
});

/**
 * The whole task as JSON. SQS refuses U+FFFE and U+FFFF, and SQS emulators what lies beyond the
 * basic plane, so these travel as escapes.
 */
export const encodeTask = (task: TracedTask): string =>
  JSON.stringify(task).replace(
    /[\uD800-\uDFFF\uFFFE\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );

/** Thrown for a message that is no task; its message says why. Quarantine it, never drop it. */
export class UndecodableMessageError extends Error {}

/** Lists the reasons why a task cannot be sent as a message, for example a label that is too long. */
export function taskProblems(task: Task): FieldProblem[] {
  const parsed = taskSchema.safeParse(task);
  return parsed.success ? [] : fieldProblems(parsed.error);
}

/** @throws {UndecodableMessageError} */
export function decodeTask(body: string): TracedTask {
  const parsed = taskSchema.safeParse(jsonOf(body));
  if (!parsed.success) {
    const problems = fieldProblems(parsed.error).map(({ path, message }) => `${path}: ${message}`);
    throw new UndecodableMessageError(`the message is not a task: ${problems.join('; ')}`);
  }
  const { parametersAt, owner, parentId, retryOf, trace, ...task } = parsed.data;
  return defined({
    ...task,
    parametersAt,
    owner,
    parentId,
    retryOf,
    trace: trace && traceOf(trace),
  });
}

const traceOf = ({
  traceparent,
  tracestate,
}: z.output<typeof traceSchema> & object): TraceContext =>
  tracestate === undefined ? { traceparent } : { traceparent, tracestate };

function jsonOf(body: string): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    if (!(error instanceof JsonInvalidError)) throw error;
    // The error of a text that is not JSON quotes it. What it says belongs in no log.
    const reason = error.problems.length > 0 ? error.message : 'is not JSON';
    throw new UndecodableMessageError(`the message ${reason}`);
  }
}
