import * as z from 'zod';

/** Of queues and databases. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
export const NAME_RULE = 'must be 1 to 64 letters, digits, "-" or "_", first a letter';

export const persistenceSchema = z
  .string()
  .regex(NAME, NAME_RULE)
  .describe('Name of the PostgreSQL database, 1 to 64 letters, digits, "-" or "_".');
