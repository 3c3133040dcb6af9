import * as z from 'zod';
import { persistenceSchema } from './names.ts';
import { settings } from './settings.ts';
import { postgresTypeSchema } from './store-types.ts';

/** At least as long as an idempotency key: its repetitions find out by the record. */
const days = z.int().min(1).max(3650);
const daysOfOutcome = days.default(30);

const retentionSchema = z
  .union(
    [
      days,
      settings({
        completed: daysOfOutcome,
        failed: daysOfOutcome,
        cancelled: daysOfOutcome,
        archived: daysOfOutcome,
      }),
    ],
    {
      error:
        'must be a number of days, 1 to 3650, or an object of them with the keys: completed, failed, cancelled, archived',
    },
  )
  .default(30)
  .describe('Records are removed so many days after their task has ended, all alike or by how.');

const REMOVED = {
  mode:
    'mode was removed in version 0.2.0, because a task could run twice. Remove the key: ' +
    'every claim is written, as "full" always did',
};

/** The store of the task log, and how long it keeps records. */
export const taskLogSchema = z
  .discriminatedUnion(
    'type',
    [
      settings(
        {
          // Optional first: only so the union takes it for the one that is meant when there is no type.
          type: z.literal('dynamodb').optional().default('dynamodb'),
          retentionDays: retentionSchema,
        },
        REMOVED,
      ),
      settings(
        {
          type: postgresTypeSchema,
          persistence: persistenceSchema,
          retentionDays: retentionSchema,
        },
        REMOVED,
      ),
    ],
    { error: 'must have a "type" of: dynamodb, postgres' },
  )
  .prefault({});
