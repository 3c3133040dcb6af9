/**
 * Removes control characters from callers' text: an escape sequence in a label must not colour, move
 * or answer anything. Line breaks stay.
 */
export const printable = (text: string): string => text.replaceAll(/(?!\n)\p{Cc}/gu, '');

/** Returns printable text on one line, so that it cannot look like another line. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', ' ');
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
