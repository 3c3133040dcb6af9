import { defineTask } from 'serverless-task-queue';
import * as z from 'zod';

export const sendInvoice = defineTask({
  name: 'send-invoice',
  category: 'export',
  parameters: z.strictObject({ order: z.string().min(1), isExpress: z.boolean().default(false) }),
  queue: ({ isExpress }) => (isExpress ? 'express' : undefined),
  timeoutSeconds: 60,
});
