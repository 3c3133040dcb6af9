import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import { usageError } from '../kit/cli-error.ts';

export type Mode = 'full' | 'economy';

/**
 * In which mode the task log is counted. `undefined`: it is on PostgreSQL, and is not.
 * @throws {CliError} for a mode that such a log does not have
 */
export function countedMode({ taskLog }: TaskQueueConfig, asked?: Mode): Mode | undefined {
  if (taskLog.type !== 'postgres') return asked ?? taskLog.mode;
  if (asked === undefined) return undefined;
  throw usageError('--mode is of a task log on DynamoDB, and this one is on PostgreSQL.');
}

export const inMode = (config: TaskQueueConfig, mode: Mode | undefined): TaskQueueConfig =>
  mode === undefined || config.taskLog.type === 'postgres'
    ? config
    : { ...config, taskLog: { ...config.taskLog, mode } };

/** What of it is paid by the capacity of a database, not by the task, for people. */
export const notCounted = ({ queues, taskLog }: TaskQueueConfig): string[] => [
  ...(taskLog.type === 'postgres' ? ['the task log'] : []),
  ...queues.filter(({ broker }) => broker.type === 'postgres').map(({ name }) => `queue "${name}"`),
];

/** A line about that, if there is any. */
export function notCountedNote(config: TaskQueueConfig): string {
  const names = notCounted(config);
  if (names.length === 0) return '';
  return `Not counted, as PostgreSQL is paid by its capacity (https://aws.amazon.com/rds/aurora/pricing/): ${names.join(', ')}.\n`;
}
