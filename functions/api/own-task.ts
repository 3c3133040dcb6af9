import { TaskNotFoundError } from '../../shared/errors.ts';
import { isTaskId } from '../../shared/ids.ts';
import type { TaskSummary } from '../../shared/task-log/task-log.ts';
import type { Caller } from './caller.ts';

/**
 * Somebody else's task is as good as none: its existence is nobody's business either.
 * @throws {TaskNotFoundError}
 */
export async function ownTask<Task extends TaskSummary>(
  id: string,
  caller: Caller,
  read: (id: string) => Promise<Task | undefined>,
): Promise<Task> {
  const task = isTaskId(id) ? await read(id) : undefined;
  if (!task || !(caller.isAdmin || task.owner === caller.owner)) throw new TaskNotFoundError(id);
  return task;
}
