import type * as z from 'zod';
import type { FieldProblem } from './errors.ts';

/** All that zod found wrong, each with its path below `root`, e.g. `parameters.rows[2].score`. */
export function fieldProblems(error: z.ZodError, root = ''): FieldProblem[] {
  return error.issues.map((issue) => ({
    path: issue.path.reduce<string>(appendKey, root),
    message: issue.message,
  }));
}

const appendKey = (path: string, key: PropertyKey): string =>
  typeof key === 'number' ? `${path}[${key}]` : `${path}${path && '.'}${String(key)}`;
