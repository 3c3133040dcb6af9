import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import { usageError } from '../cli-error.ts';

type CountedLog = Extract<TaskQueueConfig['taskLog'], { type: 'dynamodb' }>;

/** The task log, of which each task has a price. @throws {CliError} when it has none */
export function countedLog({ taskLog }: TaskQueueConfig): CountedLog {
  if (taskLog.type !== 'rds') return taskLog;
  throw usageError(
    'The task log is on PostgreSQL: a database is paid by its capacity, not by the task, so there is nothing to count.\n' +
      'https://aws.amazon.com/rds/aurora/pricing/',
  );
}
