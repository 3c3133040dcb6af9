import * as z from 'zod';
import { LIVE } from '../config/schema.ts';
import { strictObject } from '../validation.ts';

export const overridesSchema = strictObject({
  /** Whether all queues are paused. */
  paused: z.boolean().optional(),
  strategy: LIVE.strategy.optional(),
  lanes: z.boolean().optional(),
  queues: z
    .record(
      z.string(),
      strictObject({
        paused: z.boolean().optional(),
        weight: LIVE.weight.optional(),
        receive: LIVE.receive.optional(),
        minSlots: LIVE.minSlots.optional(),
        maxSlots: LIVE.maxSlots.optional(),
      }),
    )
    .optional(),
});

/** Settings that differ from the deployed configuration until they are changed back. */
export type Overrides = z.infer<typeof overridesSchema>;
