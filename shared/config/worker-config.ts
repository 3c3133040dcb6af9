import { ConfigInvalidError } from '../errors.ts';
import type { TaskQueueConfig } from './config.ts';
import { laneProblems } from './lanes.ts';

/** Settings of one worker that differ from the others. */
export type WorkerChoices = {
  /** The only queue that it serves. @default all queues */
  readonly queue?: string | undefined;
  /** Tasks that run at once, 1 to 1,000. @default `worker.concurrency` */
  readonly concurrency?: number | undefined;
};

/**
 * Applies the choices of one worker to the configuration.
 * @throws {ConfigInvalidError} when there is no such queue, or too few slots for the lanes
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

/** So that Ctrl-C does not wait for a poll of 20 s. */
const LOCAL_SECONDS = 2;

/** Shortens polls and the shutdown grace, for workers on a developer's machine. */
export function localConfig(config: TaskQueueConfig): TaskQueueConfig {
  const worker = {
    ...config.worker,
    pollWaitSeconds: Math.min(config.worker.pollWaitSeconds, LOCAL_SECONDS),
    shutdownGraceSeconds: Math.min(config.worker.shutdownGraceSeconds, LOCAL_SECONDS),
  };
  return { ...config, worker };
}
