import type { Report } from '../../shared/report/report.ts';
import type { TaskCatalogue } from '../../shared/task/task-definition.ts';
import { CATEGORY_BY_STATUS, LABEL_BY_CATEGORY } from '../../shared/task-log/status.ts';
import { downloadableFile } from '../../shared/task-log/task-file.ts';
import type { TaskLog, TaskRecord } from '../../shared/task-log/task-log.ts';
import type { Wiring } from '../wiring/wiring.ts';
import type { ApiRequest, Route } from './http.ts';
import { inOriginalEnvelope } from './original-envelope.ts';
import { ownTask } from './own-task.ts';
import { RequestError } from './problem.ts';

/**
 * GET /taoTaskQueue/TaskQueueRestApi/get?id= → the task, as the PHP original shows it. What was
 * matched, and from which of its files, is in docs/migrating-from-tao.md.
 */
export const getOriginalTask = ({ log, catalogue }: Pick<Wiring, 'log' | 'catalogue'>): Route =>
  inOriginalEnvelope(async (request) => {
    const task = await ownTask(idIn(request), request.caller, (id) => log.get(id));
    return { status: 200, body: originalView(task, catalogue) };
  });

/** GET /taoTaskQueue/TaskQueueRestApi/getStatus?id= → one word. */
export const getOriginalStatus = ({ log }: { readonly log: TaskLog }): Route =>
  inOriginalEnvelope(async (request) => {
    const { status } = await ownTask(idIn(request), request.caller, (id) => log.getSummary(id));
    return { status: 200, body: CATEGORY_BY_STATUS[status] };
  });

/** @throws {RequestError} 400 */
function idIn({ query: { id } }: ApiRequest): string {
  if (id === undefined) throw new RequestError('QUERY_INVALID', 'The parameter "id" is missing.');
  return id;
}

const originalView = (task: TaskRecord, catalogue: TaskCatalogue) => ({
  id: task.id,
  taskName: task.name,
  status: CATEGORY_BY_STATUS[task.status],
  masterStatus: task.masterStatus,
  statusLabel: LABEL_BY_CATEGORY[CATEGORY_BY_STATUS[task.status]],
  taskLabel: task.label,
  createdAt: task.createdAt,
  updatedAt: task.updatedAt,
  ...(task.report ? { report: originalReport(task.report) } : {}),
  hasFile: downloadableFile(task, catalogue) !== undefined,
  category: catalogue.categoryOf(task.name),
});

/** There, every report has data, be it null. */
const originalReport = ({ type, message, data = null, children }: Report): object => ({
  type,
  message,
  data,
  children: children.map(originalReport),
});
