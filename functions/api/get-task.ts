import { statusView, taskView } from '../../shared/api/task-view.ts';
import { ReportNotFoundError } from '../../shared/errors.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import type { Wiring } from '../wiring/wiring.ts';
import type { Route } from './http.ts';
import { ownTask } from './own-task.ts';
import { realTime, untilEnded } from './until-ended.ts';

/** GET /tasks/{id}[?wait=20] → 200, the task with its parameters and report. */
export const getTask =
  ({ log, catalogue }: Pick<Wiring, 'log' | 'catalogue'>, time = realTime): Route =>
  async (request) => {
    await untilEnded(request, log, time);
    const { path, caller } = request;
    const task = await ownTask(path['id'] ?? '', caller, (id) => log.get(id));
    return { status: 200, body: taskView(task, catalogue) };
  };

/** GET /tasks/{id}/report[?wait=20] → 200, the report of the latest attempt that ended. */
export const getTaskReport =
  (log: TaskLog, time = realTime): Route =>
  async (request) => {
    await untilEnded(request, log, time);
    const { path, caller } = request;
    const { id, report } = await ownTask(path['id'] ?? '', caller, (id) => log.get(id));
    if (!report) throw new ReportNotFoundError(id);
    return { status: 200, body: report };
  };

/** GET /tasks/{id}/status[?wait=20] → 200 `{ id, status, statusCategory, statusLabel, progress? }`. */
export const getTaskStatus =
  (log: TaskLog, time = realTime): Route =>
  async (request) => {
    await untilEnded(request, log, time);
    const { path, caller } = request;
    const task = await ownTask(path['id'] ?? '', caller, (id) => log.getSummary(id));
    return { status: 200, body: statusView(task) };
  };
