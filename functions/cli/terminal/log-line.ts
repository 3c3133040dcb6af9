import { printableLine } from './printable.ts';

/** A log line for people: the message, its fields, and the reason if there was an error. */
export function logLine(
  message: string,
  { error, ...fields }: Record<string, unknown> = {},
): string {
  const details = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${textOf(value)}`);
  const reason = error === undefined ? [] : [error instanceof Error ? error.message : error];
  return printableLine([message, ...details, ...reason].join(', '));
}

const textOf = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);
