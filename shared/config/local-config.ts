import type { TaskQueueConfig } from './config.ts';

/** Ctrl-C must not wait for a 20 s poll. */
const LOCAL_SECONDS = 2;

/** For workers on somebody's own machine: polls and the grace of running tasks are short. */
export function localConfig(config: TaskQueueConfig): TaskQueueConfig {
  const worker = {
    ...config.worker,
    pollWaitSeconds: Math.min(config.worker.pollWaitSeconds, LOCAL_SECONDS),
    shutdownGraceSeconds: Math.min(config.worker.shutdownGraceSeconds, LOCAL_SECONDS),
  };
  return { ...config, worker };
}
