import { createClient, TaskQueueApiError } from 'serverless-task-queue/client';
import type { contracts } from './tasks/contracts.ts';

// node show-invoice.ts <url> <order>: enqueues over HTTP, and waits for the end.

const [url = 'http://127.0.0.1:4280', order = '1'] = process.argv.slice(2);
const client = createClient<typeof contracts>({ url });
try {
  const { id } = await client.enqueue('send-invoice', { order });
  const { statusLabel, report } = await client.task(id, { wait: 20 });
  process.stdout.write(`${statusLabel}: ${report?.message}\n`);
} catch (error) {
  if (!(error instanceof TaskQueueApiError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
