import type { TaskQueueConfig } from '../../../shared/config/config.ts';

/** Describes what is paid by the capacity of a database, not by the task. */
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
