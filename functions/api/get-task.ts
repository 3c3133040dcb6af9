import { TaskNotFoundError } from '../../shared/errors.ts';
import { isTaskId } from '../../shared/ids.ts';
import type { TaskLog, TaskSummary } from '../../shared/task-log/task-log.ts';
import type { Wiring } from '../wiring.ts';
import type { ApiRequest, Route } from './http.ts';
import { statusView, taskView } from './task-view.ts';

/** GET /tasks/{id} → 200, the task with its parameters and report. */
export const getTask =
  ({ log, catalogue }: Pick<Wiring, 'log' | 'catalogue'>): Route =>
  async (request) => ({
    status: 200,
    body: taskView(await ownTask(request, (id) => log.get(id)), catalogue),
  });

/** GET /tasks/{id}/status → 200 `{ id, status, statusCategory, statusLabel, progress? }`. */
export const getTaskStatus =
  (log: TaskLog): Route =>
  async (request) => ({
    status: 200,
    body: statusView(await ownTask(request, (id) => log.getSummary(id))),
  });

/** Somebody else's task is as good as none: its existence is nobody's business either. */
export async function ownTask<Task extends TaskSummary>(
  { path: { id = '' }, caller }: ApiRequest,
  read: (id: string) => Promise<Task | undefined>,
): Promise<Task> {
  const task = isTaskId(id) ? await read(id) : undefined;
  if (!task || !(caller.isAdmin || task.owner === caller.owner)) throw new TaskNotFoundError(id);
  return task;
}
