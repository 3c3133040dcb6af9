import * as z from 'zod';
import type { JsonValue } from '../../../../shared/json.ts';

/**
 * The schemas of exactly the properties that a view has: `{…} satisfies Shape<TaskView>` does not
 * compile when a property is missing, is unknown or has another type.
 */
export type Shape<View> = { readonly [Key in keyof View]-?: z.ZodType<View[Key]> };

/** Any JSON. */
export const json = z.custom<JsonValue>((value) => value !== undefined);

export const dateTime = z.iso.datetime().meta({ id: 'DateTime', description: 'ISO 8601, UTC.' });

export const taskId = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  .meta({
    id: 'TaskId',
    description: 'A ULID: ids sort by the time of enqueueing.',
    examples: ['01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  });

/** For enumerations that exist only as a type: a value that is missing here does not compile. */
export const oneOf = <Value extends string>(values: Readonly<Record<Value, unknown>>) =>
  z.enum(Object.keys(values) as [Value, ...Value[]]);
