import { Report } from '../../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../../shared/task/task-context.ts';
import { deliverWebhook } from './contract.ts';

export const deliverWebhookHandler = deliverWebhook.handledBy(async ({ parameters, context }) => {
  const url = process.env['WEBHOOK_URL'];
  if (!url) throw new PermanentTaskError('WEBHOOK_URL is not set, so there is nobody to tell.');

  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': context.taskId },
    body: JSON.stringify({ taskId: context.taskId, ...parameters }),
    signal: context.signal,
  });
  await response.body?.cancel();

  const { status } = response;
  const wait = Number(response.headers.get('retry-after'));
  if (status === 429 && wait > 0) throw new RetryLaterError(wait);
  if (status >= 500 || status === 429) throw new Error(`The webhook answered ${status}.`);
  if (!response.ok) throw new PermanentTaskError(`The webhook refused the event: ${status}.`);
  return Report.success(`Delivered ${parameters.event}`, { status, attempt: context.attempt });
});
