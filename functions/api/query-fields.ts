import * as z from 'zod';

/** The last millisecond of the year 9999. Later years have more digits. */
const LATEST_TIME = 253_402_300_799_999;
const TIME_HINT =
  'must be an ISO 8601 date-time from 1970 to 9999, e.g. 2026-11-24T09:30:00Z (write + as %2B)';

/** A number in decimal digits. JavaScript would also accept `0x10`, `1e1` and an empty string. */
export const wholeNumberIn = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text),
    z.int(error).min(min, error).max(max, error),
  );
};

/** An ISO 8601 date-time, parsed to milliseconds since 1970. */
export const isoDateTime = z.iso
  .datetime({ offset: true, error: TIME_HINT })
  .transform((text) => Date.parse(text))
  .refine((time) => time >= 0 && time <= LATEST_TIME, TIME_HINT);

/** Entries separated by commas. API Gateway joins a repeated parameter the same way. */
export const listOf = <Entry extends z.ZodType<unknown, string>>(
  entry: Entry,
  maxEntries: number,
) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(entry).max(maxEntries));
