import type { JsonValue } from '../json.ts';
import type { Task } from '../task/task.ts';
import type { TaskSummary } from './task-log.ts';

/** The task as its message carries it. @param parameters null when they are in the file store */
export function taskInRecord(
  { id, name, label, owner, parentId, retryOf, masterStatus, createdAt }: TaskSummary,
  parameters: JsonValue,
  parametersAt: string | undefined,
): Task {
  return {
    id,
    name,
    parameters,
    ...(parametersAt === undefined ? {} : { parametersAt }),
    label,
    ...(owner === undefined ? {} : { owner }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(retryOf === undefined ? {} : { retryOf }),
    masterStatus,
    createdAt,
  };
}
