import type {
  EnqueuedManyView,
  EnqueuedView,
  FileView,
  QueuesView,
  QueueView,
  RetriedView,
  StatsView,
  StatusView,
  TaskPageView,
  TaskSummaryView,
  TaskView,
} from '../api/views.ts';
import type { Report } from '../report/report.ts';
import type { Decided } from '../task-log/decide.ts';
import type { ListFilters } from './list-filters.ts';
import type { Contracts, EnqueueOptions, NewTask, ParametersOf, TaskName } from './task-types.ts';
import { type CallOptions, createTransport, type TransportOptions } from './transport.ts';

export type WaitOptions = CallOptions & {
  /** Seconds to wait for the end of the task, 0 to 25. The answer is how it is then. @default 0 */
  readonly wait?: number;
};

export type DecisionOptions = CallOptions & {
  /** Also when the task is in progress. @default false */
  readonly force?: boolean;
};

export type EnqueueCallOptions = CallOptions & {
  /** The same key never makes a second task. @default a new one for each call, kept over its retries */
  readonly idempotencyKey?: string;
};

/**
 * The HTTP API, typed by the contracts of a deployment.
 * @throws {TaskQueueApiError} from every method, and what a signal was aborted with
 */
export interface TaskQueueClient<Tasks extends Contracts> {
  enqueue<Name extends TaskName<Tasks>>(
    name: Name,
    parameters: ParametersOf<Tasks, Name>,
    options?: EnqueueOptions & EnqueueCallOptions,
  ): Promise<EnqueuedView>;

  /** 1 to 100 tasks. Answers for each, in order, with its id or with why it was refused. */
  enqueueMany(
    tasks: readonly NewTask<Tasks>[],
    options?: EnqueueCallOptions,
  ): Promise<EnqueuedManyView['items']>;

  /** The task with its parameters and report. */
  task(id: string, options?: WaitOptions): Promise<TaskView>;

  status(id: string, options?: WaitOptions): Promise<StatusView>;

  /** What its latest attempt that ended has to say. */
  report(id: string, options?: WaitOptions): Promise<Report>;

  /** Where the file that the task made can be downloaded for five minutes, without a signature. */
  file(id: string, options?: CallOptions): Promise<FileView>;

  /** Ends a task that waits; with `force`, asks the worker of a running one to stop it. */
  cancel(id: string, options?: DecisionOptions): Promise<Decided>;

  /** Puts a task aside for good; one in progress with `force` only. */
  archive(id: string, options?: DecisionOptions): Promise<Decided>;

  /** A new task like this one. */
  retry(id: string, options?: DecisionOptions & EnqueueCallOptions): Promise<RetriedView>;

  /** All tasks that fit, page after page as they are read. */
  list(filters?: ListFilters, options?: CallOptions): AsyncIterable<TaskSummaryView>;

  /** One page. @param cursor `next` of the page before */
  page(filters?: ListFilters, cursor?: string, options?: CallOptions): Promise<TaskPageView>;

  queues(options?: CallOptions): Promise<readonly QueueView[]>;

  stats(options?: CallOptions): Promise<StatsView>;
}

/** `createClient<typeof contracts>({ url, sign: iamSigner({ region, credentials }) })` */
export function createClient<Tasks extends Contracts>(
  options: TransportOptions,
): TaskQueueClient<Tasks> {
  const call = createTransport(options);

  const decide = <Answer>(id: string, verb: string, body: object, signal?: AbortSignal) =>
    call<Answer>('POST', `${pathOf(id)}/${verb}`, { body }, { signal });

  const client: TaskQueueClient<Tasks> = {
    enqueue: (name, parameters, { signal, idempotencyKey, ...more } = {}) => {
      const body = { name, parameters, ...more };
      const headers = { 'idempotency-key': idempotencyKey ?? crypto.randomUUID() };
      return call('POST', '/tasks', { body, headers }, { signal });
    },

    enqueueMany: async (tasks, { signal, idempotencyKey = crypto.randomUUID() } = {}) => {
      const headers = { 'idempotency-key': idempotencyKey };
      const answer = await call<EnqueuedManyView>(
        'POST',
        '/tasks',
        { body: tasks, headers },
        { signal },
      );
      return answer.items;
    },

    task: (id, { wait, ...signals } = {}) => call('GET', pathOf(id), { query: { wait } }, signals),

    status: (id, { wait, ...signals } = {}) =>
      call('GET', `${pathOf(id)}/status`, { query: { wait } }, signals),

    report: (id, { wait, ...signals } = {}) =>
      call('GET', `${pathOf(id)}/report`, { query: { wait } }, signals),

    file: (id, signals) => call('GET', `${pathOf(id)}/file`, {}, signals),

    cancel: (id, { signal, ...body } = {}) => decide(id, 'cancel', body, signal),

    archive: (id, { signal, ...body } = {}) => decide(id, 'archive', body, signal),

    retry: (id, { signal, idempotencyKey = crypto.randomUUID(), ...body } = {}) => {
      const headers = { 'idempotency-key': idempotencyKey };
      return call('POST', `${pathOf(id)}/retry`, { body, headers }, { signal });
    },

    list: async function* (filters, signals) {
      let cursor: string | undefined;
      do {
        const { tasks, next }: TaskPageView = await client.page(filters, cursor, signals);
        yield* tasks;
        cursor = next;
      } while (cursor !== undefined);
    },

    page: (filters, cursor, signals) =>
      call('GET', '/tasks', { query: { ...filters, cursor } }, signals),

    queues: async (signals) => (await call<QueuesView>('GET', '/queues', {}, signals)).queues,

    stats: (signals) => call('GET', '/stats', {}, signals),
  };
  return client;
}

const pathOf = (id: string): string => `/tasks/${encodeURIComponent(id)}`;
