import type { TaskQueueConfig } from './config.ts';
import type { ConfigInput } from './config-file.ts';

/** Where a task log can be. */
export const TASK_LOG_TYPES: readonly string[] = [
  'dynamodb',
  'rds',
] satisfies TaskQueueConfig['taskLog']['type'][];

export type TaskLogChange = { readonly type: string; readonly persistence?: string };

/** The configuration with its task log there, unchecked. Records are kept for as long as before. */
export function changeTaskLog(input: ConfigInput, change: TaskLogChange): ConfigInput {
  const { type = 'dynamodb', retentionDays, ...own } = input.taskLog ?? {};
  // What does not fit together is for the schema to say.
  const taskLog = {
    ...change,
    ...(type === change.type && { ...own, ...change }),
    ...(retentionDays !== undefined && { retentionDays }),
  } as ConfigInput['taskLog'];
  return { ...input, taskLog };
}
