import * as z from 'zod';
import { type FieldProblem, pathOfKeys } from './errors.ts';

/**
 * An object schema. Its error for an unknown key names the keys it accepts.
 * @param removed keys that earlier versions accepted, each with what users should know and do
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

/** Every problem that zod found, each with its path below `root`, e.g. `parameters.rows[2].score`. */
export function fieldProblems(error: z.ZodError, root = ''): FieldProblem[] {
  return error.issues.map((issue) => ({
    path: pathOfKeys(issue.path, root),
    message: issue.message,
  }));
}
