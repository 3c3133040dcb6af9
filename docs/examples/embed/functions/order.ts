import { createEnqueuer } from 'serverless-task-queue/enqueue';
import { contracts } from '../tasks/contracts.ts';

const tasks = createEnqueuer({ contracts }); // once per cold start

export const handler = async ({ order }: { order: string }): Promise<{ invoice: string }> => {
  const { id } = await tasks.enqueue({ name: 'send-invoice', parameters: { order } });
  return { invoice: id };
};
