import type { TaskQueueConfig } from './config.ts';

/** What may be on PostgreSQL. */
export type SqlUsers = Pick<TaskQueueConfig, 'queues'> & {
  readonly taskLog?: TaskQueueConfig['taskLog'] | undefined;
};

/** The names of the PostgreSQL databases that queues or the task log are in, each once. */
export function persistencesOf({ queues, taskLog }: SqlUsers): string[] {
  const ofQueues = queues.flatMap(({ broker }) =>
    broker.type === 'postgres' ? [broker.persistence] : [],
  );
  const ofLog = taskLog?.type === 'postgres' ? [taskLog.persistence] : [];
  return [...new Set([...ofQueues, ...ofLog])];
}
