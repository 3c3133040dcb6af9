import * as z from 'zod';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import { defineTask } from '../../shared/task/task-definition.ts';

export const deliverWebhook = defineTask({
  name: 'deliver-webhook',
  category: 'unrelated_resource',
  parameters: z.strictObject({
    event: z.string().meta({ examples: ['results.exported'] }),
    payload: z.unknown().optional(),
  }),
  retry: { maxAttempts: 4, baseSeconds: 1, maxSeconds: 60 },
  timeoutSeconds: 30,
});

/**
 * Calls `WEBHOOK_URL` and ends as the answer says: 429 delays the task, 5xx retries it, and any other
 * error is permanent. A server that does not answer keeps the task running. Without the variable,
 * the task fails at once.
 */
export const deliverWebhookHandler = deliverWebhook.handledBy(async ({ parameters, context }) => {
  const url = process.env['WEBHOOK_URL'];
  if (!url) throw new PermanentTaskError('WEBHOOK_URL is not set.');
  const { ok, status, headers } = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': context.taskId },
    body: JSON.stringify({ taskId: context.taskId, ...parameters }),
    signal: context.signal,
  });
  if (status === 429) throw new RetryLaterError(Number(headers.get('retry-after')));
  if (status >= 500) throw new Error(`The webhook answered ${status}.`);
  if (!ok) throw new PermanentTaskError(`The webhook refused the event: ${status}.`);
  return Report.success(`Delivered ${parameters.event}`, { status, attempt: context.attempt });
});
