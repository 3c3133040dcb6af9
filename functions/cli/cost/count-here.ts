import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { QueueCounts } from '../../../shared/cost/task-counts.ts';
import { startProgress } from '../terminal/progress.ts';
import type { LoadOptions } from './load-options.ts';

/** Its length matters, because it is in every record. */
const OWNER = 'arn:aws:sts::123456789012:assumed-role/assessment-backend/i-0abc123def4567890';

/** Counts the tasks of every queue on this machine. */
export async function countHere(
  config: TaskQueueConfig,
  options: LoadOptions,
): Promise<QueueCounts[]> {
  // Only now: it is most of the bundle.
  const { countOnEmulators } = await import('./count-on-emulators.ts');
  const total = 2 * config.queues.length;
  const progress = startProgress(total);
  let done = 0;
  const onProgress = () => progress.update(++done, `counting, ${done} of ${total} runs`);
  try {
    const owner = options.owner ? OWNER : undefined;
    return await countOnEmulators(config, { ...options, owner, onProgress });
  } finally {
    progress.end();
  }
}
