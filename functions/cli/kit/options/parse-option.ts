import { InvalidArgumentError } from 'commander';

/** For `.option(…, wholeNumber(1, 100))`. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
  };

/** For `.option(…, decimal(0, 60))`. */
export const decimal =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number, ${min} to ${max}.`);
  };

/**
 * Accepts `a,b` and repeated options. An empty value is refused: an unset variable of a script would
 * otherwise mean no restriction.
 */
export function list(text: string, before: readonly string[] = []): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  if (items.length === 0) throw new InvalidArgumentError(EMPTY);
  return [...before, ...items];
}

/** For options that filter: an empty value is refused for the same reason. */
export function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError(EMPTY);
  return text;
}

const EMPTY = 'It must not be empty.';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The last millisecond of the year 9999. Later years have more digits. */
const LATEST = 253_402_300_799_999;

/** Parses an option: an age such as `90m` or `7d`, or an ISO 8601 date. @returns milliseconds since 1970 */
export function pointInTime(text: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const time =
    unit === undefined ? isoDate(text) : Date.now() - Number(amount) * UNIT_MS[unit as 's'];
  if (time >= 0 && time <= LATEST) return time;
  throw new InvalidArgumentError(
    'It must be an age such as 90m or 7d, or a time such as 2026-11-24 or 2026-11-24T09:30:00Z.',
  );
}

/** A time without an offset is local time. A date alone is midnight UTC. */
function isoDate(text: string): number {
  const [, date = ''] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  return isDay(date) ? Date.parse(text) : Number.NaN;
}

/** `Date` accepts the 30th of February as the 2nd of March. */
function isDay(date: string): boolean {
  const midnight = Date.parse(date);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}
