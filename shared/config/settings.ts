import * as z from 'zod';

/** An object that names its accepted keys when it meets another one. */
export const settings = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.map((key) => `"${key}"`).join(', ')}; accepted: ${Object.keys(shape).join(', ')}`
        : undefined,
  });
