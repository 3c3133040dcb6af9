import * as z from 'zod';
import { LIVE } from '../config/schema.ts';
import { strictObject } from '../validation.ts';

export const overridesSchema = strictObject({
  /** No worker begins a task of any queue. */
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

/** What differs, for now, from the configuration that was deployed. What is absent is as deployed. */
export type Overrides = z.infer<typeof overridesSchema>;
