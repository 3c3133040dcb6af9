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
