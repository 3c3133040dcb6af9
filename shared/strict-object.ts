import * as z from 'zod';

/** An object that names its accepted keys when it meets another one. */
export const strictObject = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, Object.keys(shape)) : undefined,
  });

const unknownKeys = (unknown: readonly string[], accepted: readonly string[]): string =>
  `unknown ${unknown.map((key) => `"${key}"`).join(', ')}; accepted: ${accepted.join(', ') || 'none'}`;
