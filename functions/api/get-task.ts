import type { TaskLog } from '../../shared/task-log/task-log.ts';
import type { Route } from './http.ts';
import { ownTask } from './own-task.ts';
import { statusView, taskView } from './task-view.ts';

/** GET /tasks/{id} → 200, the task with its parameters and report. */
export const getTask =
  (log: TaskLog): Route =>
  async (request) => ({
    status: 200,
    body: taskView(await ownTask(request.path['id'], request.caller, (id) => log.get(id))),
  });

/** GET /tasks/{id}/status → 200 `{ id, status, statusCategory, statusLabel, progress? }`. */
export const getTaskStatus =
  (log: TaskLog): Route =>
  async (request) => ({
    status: 200,
    body: statusView(await ownTask(request.path['id'], request.caller, (id) => log.getSummary(id))),
  });
