import * as z from 'zod';

/** The last millisecond of the year 9999: later years have more digits. */
const LATEST_TIME = 253_402_300_799_999;
const TIME_HINT =
  'must be an ISO 8601 date-time from 1970 to 9999, e.g. 2026-11-24T09:30:00Z (write + as %2B)';

/** Fields of a query string. Unknown ones are refused, with the names of those that are known. */
export const queryOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code, ...issue }) =>
      code === 'unrecognized_keys'
        ? `Unrecognized: ${quoted(issue['keys'])}; accepted are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

const quoted = (keys: unknown): string => (keys as string[]).map((key) => `"${key}"`).join(', ');

export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Milliseconds since 1970. */
export const dateTime = z.iso
  .datetime({ offset: true, error: TIME_HINT })
  .transform((text) => Date.parse(text))
  .refine((time) => time >= 0 && time <= LATEST_TIME, TIME_HINT);

/** One or several, separated by commas, as API Gateway also joins a repeated parameter. */
export const listOf = <Entry extends z.ZodType<unknown, string>>(
  entry: Entry,
  maxEntries: number,
) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(entry).max(maxEntries));
