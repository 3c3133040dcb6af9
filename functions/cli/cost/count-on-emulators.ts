import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { QueueCounts } from '../../../shared/cost/task-counts.ts';
import { startScratchServers } from '../../dev/servers/scratch-servers.ts';
import { type CountOptions, countTasks } from './count-tasks.ts';

/** Counts tasks under each configuration, on emulators that run for as long as it takes. */
export async function countOnEmulators(
  configs: readonly TaskQueueConfig[],
  options: Omit<CountOptions, 'config' | 'deploy'>,
): Promise<QueueCounts[][]> {
  const { deploy, stop } = await startScratchServers();
  try {
    const counts: QueueCounts[][] = [];
    // One after the other: both at once are no faster on two cores.
    for (const config of configs) counts.push(await countTasks({ ...options, config, deploy }));
    return counts;
  } finally {
    await stop();
  }
}
