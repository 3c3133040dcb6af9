import { InvalidArgumentError } from 'commander';

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
