import * as z from 'zod';

/** The last millisecond of the year 9999: later years have more digits. */
const LATEST_TIME = 253_402_300_799_999;
const TIME_HINT =
  'must be an ISO 8601 date-time from 1970 to 9999, e.g. 2026-11-24T09:30:00Z (write + as %2B)';

/** In decimal digits: JavaScript would also take `0x10`, `1e1` and nothing at all for numbers. */
export const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text),
    z.int(error).min(min, error).max(max, error),
  );
};

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
