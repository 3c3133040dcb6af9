import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { QueueCounts } from '../../../shared/cost/task-counts.ts';
import { startScratchServers } from '../../dev/servers/local-servers.ts';
import { type CountOptions, countTasks } from './count-tasks.ts';

/** Counts the tasks of every queue, on emulators that run for as long as it takes. */
export async function countOnEmulators(
  config: TaskQueueConfig,
  options: Omit<CountOptions, 'config' | 'deploy'>,
): Promise<QueueCounts[]> {
  const { deploy, stop } = await startScratchServers();
  try {
    return await countTasks({ ...options, config, deploy });
  } finally {
    await stop();
  }
}
