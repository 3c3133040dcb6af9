import * as z from 'zod';
import type { JsonValue } from '../json.ts';

/**
 * The schemas of all properties of a view. `{…} satisfies Shape<TaskView>` does not compile when a
 * property is missing, unknown or of another type.
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
    description: 'A ULID. Ids sort by the time of enqueueing.',
    examples: ['01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  });

/** An enumeration that exists only as a type. A missing value does not compile. */
export const oneOf = <Value extends string>(values: Readonly<Record<Value, unknown>>) =>
  z.enum(Object.keys(values) as [Value, ...Value[]]);
