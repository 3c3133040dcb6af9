import * as z from 'zod';
import { defineTask } from '../../../shared/task/task-definition.ts';

/**
 * Tells another service of an event. Which service is the deployment's choice (`WEBHOOK_URL`), not
 * the caller's: an address from outside could reach into our own network.
 */
export const deliverWebhook = defineTask({
  name: 'deliver-webhook',
  description: 'Tells another service of an event. Which service is up to the deployment.',
  category: 'unrelated_resource',
  parameters: z.strictObject({
    event: z
      .string()
      .regex(/^[a-z0-9.-]{1,100}$/, 'must be 1 to 100 of a-z, 0-9, "." and "-"')
      .meta({ examples: ['results.exported'] }),
    payload: z.unknown().optional(),
  }),
  retry: { maxAttempts: 4, baseSeconds: 1, maxSeconds: 60 },
  timeoutSeconds: 30,
});
