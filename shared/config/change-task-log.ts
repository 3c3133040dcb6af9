import type { TaskQueueConfig } from './config.ts';
import type { ConfigInput } from './config-file.ts';
import { storeType } from './store-types.ts';

/** Where a task log can be. */
export const TASK_LOG_TYPES: readonly string[] = [
  'dynamodb',
  'postgres',
] satisfies TaskQueueConfig['taskLog']['type'][];

export type TaskLogChange = { readonly type: string; readonly persistence?: string };

/** The configuration with its task log there, unchecked. Records are kept for as long as before. */
export function changeTaskLog(input: ConfigInput, change: TaskLogChange): ConfigInput {
  const { type: before = 'dynamodb', retentionDays, ...own } = input.taskLog ?? {};
  const type = storeType(change.type);
  // What does not fit together is for the schema to say.
  const taskLog = {
    ...(type === storeType(before) && own),
    ...change,
    type,
    ...(retentionDays !== undefined && { retentionDays }),
  } as ConfigInput['taskLog'];
  return { ...input, taskLog };
}
