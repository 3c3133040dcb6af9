import { ConfigInvalidError } from '../errors.ts';
import type { TaskQueueConfig } from './config.ts';
import { laneProblems } from './lanes.ts';

/** How one worker differs from the others. */
export type WorkerChoices = {
  /** The only one it serves. @default all of them */
  readonly queue?: string | undefined;
  /** Tasks at once, 1 to 1,000. @default `worker.concurrency` */
  readonly concurrency?: number | undefined;
};

/**
 * The configuration as that worker sees it.
 * @throws {ConfigInvalidError} when there is no such queue, or its slots do not suffice for the lanes
 */
export function workerConfig(
  config: TaskQueueConfig,
  { queue, concurrency = config.worker.concurrency }: WorkerChoices,
): TaskQueueConfig {
  const queues = config.queues.filter(({ name }) => queue === undefined || name === queue);
  if (queues.length === 0) {
    const names = config.queues.map(({ name }) => name).join(', ');
    const message = `"${queue}" is not registered; registered queues: ${names}`;
    throw new ConfigInvalidError('of the worker', [{ path: 'queue', message }]);
  }
  const worker = { ...config.worker, concurrency };
  const problems = worker.lanes ? laneProblems(queues, concurrency) : [];
  if (problems.length > 0) throw new ConfigInvalidError('of the worker', problems);
  return { ...config, queues, worker };
}
