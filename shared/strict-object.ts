import * as z from 'zod';

/**
 * An object that names its accepted keys when it meets another one.
 * @param removed keys that earlier versions accepted, each with what the user should know and do
 */
export const strictObject = <Shape extends z.ZodRawShape>(
  shape: Shape,
  removed: Readonly<Record<string, string>> = {},
) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = issue.keys.flatMap((key) => removed[key] ?? []);
      const unknown = issue.keys.filter((key) => removed[key] === undefined);
      return unknown.length === 0
        ? known.join('; ')
        : [...known, unknownKeys(unknown, Object.keys(shape))].join('; ');
    },
  });

const unknownKeys = (unknown: readonly string[], accepted: readonly string[]): string =>
  `unknown ${unknown.map((key) => `"${key}"`).join(', ')}; accepted: ${accepted.join(', ') || 'none'}`;
