import { InvalidArgumentError } from 'commander';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The last millisecond of the year 9999: later years have more digits. */
const LATEST = 253_402_300_799_999;

/** For options: how long ago, as in `90m` or `7d`, or an ISO 8601 date. @returns milliseconds since 1970 */
export function pointInTime(text: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const time =
    unit === undefined ? isoDate(text) : Date.now() - Number(amount) * UNIT_MS[unit as 's'];
  if (time >= 0 && time <= LATEST) return time;
  throw new InvalidArgumentError(
    'It must be how long ago, such as 90m or 7d, or a time such as 2026-11-24 or 2026-11-24T09:30:00Z.',
  );
}

/** Without an offset it is the time of this machine; a date alone is its midnight, in UTC. */
function isoDate(text: string): number {
  const [, date = ''] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  return isDay(date) ? Date.parse(text) : Number.NaN;
}

/** The 30th of February is none, though `Date` takes it for the 2nd of March. */
function isDay(date: string): boolean {
  const midnight = Date.parse(date);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}

/** `45 s`, `12 min`, `3 h`, `2 d`: the largest unit that leaves two digits or nearly. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
