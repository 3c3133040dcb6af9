import type { Problem } from '../api/views.ts';
import type { Report } from '../report/report.ts';
import type { TaskCatalogue } from '../task/task-definition.ts';
import { CATEGORY_BY_STATUS, LABEL_BY_CATEGORY } from '../task-log/status.ts';
import { downloadableFile } from '../task-log/task-file.ts';
import type { TaskQueries, TaskRecord, TaskSummary } from '../task-log/task-log.ts';

/** The REST API of TAO's task queue. docs/migrating-from-tao.md names the files of TAO it matches. */
export const TAO_ROUTES = [
  { method: 'GET', path: '/taoTaskQueue/TaskQueueRestApi/get', lambda: 'query' },
  { method: 'GET', path: '/taoTaskQueue/TaskQueueRestApi/getStatus', lambda: 'query' },
] as const;

type TaoRouteKey = `GET ${(typeof TAO_ROUTES)[number]['path']}`;

type TaoRequest<Caller> = {
  readonly caller: Caller;
  readonly query: Readonly<Record<string, string | undefined>>;
};
type TaoReply = { readonly status: number; readonly body: unknown };
type TaoHandler<Caller> = ((request: TaoRequest<Caller>) => Promise<TaoReply>) & {
  readonly onProblem: (problem: Problem) => TaoReply;
};

export type TaoDeps<Caller> = {
  readonly log: Pick<TaskQueries, 'get' | 'getSummary'>;
  readonly catalogue: TaskCatalogue;
  /** Takes the place of TAO_VERSION: the version of this package. */
  readonly version: string;
  /** Reads a task that the caller may see. @throws {TaskNotFoundError} */
  readonly ownTask: <Task extends TaskSummary>(
    id: string,
    caller: Caller,
    read: (id: string) => Promise<Task | undefined>,
  ) => Promise<Task>;
};

/**
 * Handlers of TAO's routes: `GET …/get?id=` answers with the task as TAO shows it, `GET
 * …/getStatus?id=` with one word.
 */
export function taoRoutes<Caller>({
  log,
  catalogue,
  version,
  ownTask,
}: TaoDeps<Caller>): Readonly<Record<TaoRouteKey, TaoHandler<Caller>>> {
  const handlerOf = (
    dataOf: (id: string, caller: Caller) => Promise<unknown>,
  ): TaoHandler<Caller> => {
    const respond = async ({ query: { id }, caller }: TaoRequest<Caller>): Promise<TaoReply> => {
      if (id === undefined) return failure({ status: 400, errorMsg: PARAMETER_MISSING, version });
      const data = await dataOf(id, caller);
      return { status: 200, body: { success: true, data, version } };
    };
    const onProblem = ({ status, detail }: Problem): TaoReply =>
      failure({ status, errorMsg: status === 401 ? UNAUTHORIZED : detail, version });
    return Object.assign(respond, { onProblem });
  };

  return {
    'GET /taoTaskQueue/TaskQueueRestApi/get': handlerOf(async (id, caller) =>
      taoTask(await ownTask(id, caller, (taskId) => log.get(taskId)), catalogue),
    ),
    'GET /taoTaskQueue/TaskQueueRestApi/getStatus': handlerOf(async (id, caller) => {
      const { status } = await ownTask(id, caller, (taskId) => log.getSummary(taskId));
      return CATEGORY_BY_STATUS[status];
    }),
  };
}

/** Texts of TAO itself. */
const PARAMETER_MISSING =
  'At least one mandatory parameter was required but found missing in your request';
const UNAUTHORIZED = 'You are not authorized to access this functionality.';

type Failure = { readonly status: number; readonly errorMsg: string; readonly version: string };

const failure = ({ status, errorMsg, version }: Failure): TaoReply => ({
  status,
  // The code of a PHP exception, 0 by default. A missing login has a text instead.
  body: { success: false, errorCode: status === 401 ? '401' : 0, errorMsg, version },
});

const taoTask = (task: TaskRecord, catalogue: TaskCatalogue) => ({
  id: task.id,
  taskName: task.name,
  status: CATEGORY_BY_STATUS[task.status],
  masterStatus: task.masterStatus,
  statusLabel: LABEL_BY_CATEGORY[CATEGORY_BY_STATUS[task.status]],
  taskLabel: task.label,
  createdAt: task.createdAt,
  updatedAt: task.updatedAt,
  report: task.report && taoReport(task.report),
  hasFile: downloadableFile(task, catalogue) !== undefined,
  category: catalogue.categoryOf(task.name),
});

/** Every report of TAO has data, even if it is null. */
const taoReport = ({ type, message, data = null, children }: Report): object => ({
  type,
  message,
  data,
  children: children.map(taoReport),
});
