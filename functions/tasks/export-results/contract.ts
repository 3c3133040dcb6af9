import * as z from 'zod';
import { defineTask } from '../../../shared/task/task-definition.ts';

export const exportResults = defineTask({
  name: 'export-results',
  description:
    'Writes the results of a delivery into a CSV file. Those of a VIP delivery are wanted at once.',
  category: 'export',
  parameters: z.strictObject({
    deliveryId: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits or "-"')
      .meta({ examples: ['vip-1'] }),
    rows: z
      .int()
      .min(1)
      .max(1_000_000)
      .meta({ examples: [500] }),
  }),
  queue: ({ deliveryId }) => (deliveryId.startsWith('vip-') ? 'priority' : undefined),
  retry: { maxAttempts: 5 },
  timeoutSeconds: 300,
});
