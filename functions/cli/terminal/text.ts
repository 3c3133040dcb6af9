import { styleText } from 'node:util';
import { plainCopy } from '../../../shared/foreign/plain.ts';
import { messageOf, textOf } from '../../../shared/foreign/text.ts';

export type Format = Parameters<typeof styleText>[0];

/** Colors text for the stream that it goes to. */
export type Paint = (format: Format, text: string) => string;

/**
 * Only a terminal gets colors, and none if NO_COLOR is set: styleText checks both.
 * https://nodejs.org/docs/latest-v24.x/api/util.html#utilstyletextformat-text-options
 */
export const painter =
  (stream: NodeJS.WritableStream): Paint =>
  (format, text) =>
    styleText(format, text, { stream });

/** For --no-color. */
export const plain: Paint = (_format, text) => text;

/**
 * Removes control characters from callers' text: an escape sequence in a label must not color, move
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
    .map(([key, value]) => `${key} ${fieldText(value)}`);
  const reason = error === undefined ? [] : [messageOf(error)];
  return printableLine([message, ...details, ...reason].join(', '));
}

const fieldText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(plainCopy(value)) : textOf(value);

/** An age in the largest unit that leaves about two digits: `45 s`, `12 min`, `3 h`, `2 d`. */
export function ageText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A measured time: `12 ms`, `1.2 s`, `2 min 5 s`. */
export function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
