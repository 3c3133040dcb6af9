import type * as z from 'zod';
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
import type { FilteredCategory, TaskDefinition } from '../task/task-definition.ts';
import type { Decided } from '../task-log/commands.ts';
import type { StatusCategory, TaskStatus } from '../task-log/status.ts';
import { type CallOptions, createTransport, type TransportOptions } from './transport.ts';

/** The type of a deployment's contracts: `typeof contracts`. */
export type Contracts = readonly TaskDefinition[];

export type TaskName<Tasks extends Contracts> = Tasks[number]['name'];

/** The parameters that the task of this name accepts. */
export type ParametersOf<Tasks extends Contracts, Name extends TaskName<Tasks>> = z.input<
  Extract<Tasks[number], { readonly name: Name }>['parameters']
>;

export type EnqueueOptions = {
  /** Shown to people. @default the name */
  readonly label?: string;
  /** Only an admin can name another owner. Null: the system. @default the caller */
  readonly owner?: string | null;
  /** The task starts after this many seconds at the earliest, 0 to 900. */
  readonly delaySeconds?: number;
  /** True: children do not change the task's status. @default false */
  readonly masterStatus?: boolean;
};

/** A task of any name with the parameters of that name. */
export type NewTask<Tasks extends Contracts> = {
  [Name in TaskName<Tasks>]: EnqueueOptions & {
    readonly name: Name;
    readonly parameters: ParametersOf<Tasks, Name>;
  };
}[TaskName<Tasks>];

/** Selects the tasks to list. A task must match every filter, and one entry of a list. */
export type ListFilters = {
  readonly name?: string | readonly string[];
  /** Refers to the current task definitions. */
  readonly category?: FilteredCategory | readonly FilteredCategory[];
  readonly status?: TaskStatus | readonly TaskStatus[];
  readonly statusCategory?: StatusCategory | readonly StatusCategory[];
  readonly queue?: string | readonly string[];
  /** Only an admin can list other owners' tasks. */
  readonly owner?: string;
  readonly parentId?: string;
  readonly labelPrefix?: string;
  readonly createdAfter?: Date | string;
  readonly createdBefore?: Date | string;
  readonly updatedAfter?: Date | string;
  readonly updatedBefore?: Date | string;
  /** @default newest */
  readonly sort?: 'newest' | 'oldest';
  /** Tasks per page, 1 to 100. */
  readonly limit?: number;
};

export type WaitOptions = CallOptions & {
  /** Seconds to wait for the task to end, 0 to 25. Resolves to its state at that time. @default 0 */
  readonly wait?: number;
};

export type DecisionOptions = CallOptions & {
  /** Also applies to a task in progress. @default false */
  readonly force?: boolean;
};

export type EnqueueCallOptions = CallOptions & {
  /** A repeated key creates no second task. @default a new key for each call, used by its retries */
  readonly idempotencyKey?: string;
};

/**
 * A client of the HTTP API, typed by the contracts of a deployment.
 * @throws {TaskQueueApiError} from every method, or the reason of an aborted signal
 */
export interface TaskQueueClient<Tasks extends Contracts> {
  enqueue<Name extends TaskName<Tasks>>(
    name: Name,
    parameters: ParametersOf<Tasks, Name>,
    options?: EnqueueOptions & EnqueueCallOptions,
  ): Promise<EnqueuedView>;

  /** Enqueues 1 to 100 tasks. Resolves to an id or a problem for each, in order. */
  enqueueMany(
    tasks: readonly NewTask<Tasks>[],
    options?: EnqueueCallOptions,
  ): Promise<EnqueuedManyView['items']>;

  /** The task with its parameters and report. */
  task(id: string, options?: WaitOptions): Promise<TaskView>;

  status(id: string, options?: WaitOptions): Promise<StatusView>;

  /** The report of the latest ended attempt. */
  report(id: string, options?: WaitOptions): Promise<Report>;

  /** A link that downloads the task's file without a signature. It is valid for five minutes. */
  file(id: string, options?: CallOptions): Promise<FileView>;

  /** Cancels a waiting task. With `force`, asks the worker of a running task to stop it. */
  cancel(id: string, options?: DecisionOptions): Promise<Decided>;

  /** Archives a task. A task in progress needs `force`. */
  archive(id: string, options?: DecisionOptions): Promise<Decided>;

  /** Enqueues a new task that repeats this one. */
  retry(id: string, options?: DecisionOptions & EnqueueCallOptions): Promise<RetriedView>;

  /** Iterates over all matching tasks. Pages are requested as they are read. */
  list(filters?: ListFilters, options?: CallOptions): AsyncIterable<TaskSummaryView>;

  /** Gets one page. @param cursor `next` of the previous page */
  page(filters?: ListFilters, cursor?: string, options?: CallOptions): Promise<TaskPageView>;

  queues(options?: CallOptions): Promise<readonly QueueView[]>;

  stats(options?: CallOptions): Promise<StatsView>;
}

/** Creates a client: `createClient<typeof contracts>({ url, sign: iamSigner({ region, credentials }) })` */
export function createClient<Tasks extends Contracts>(
  options: TransportOptions,
): TaskQueueClient<Tasks> {
  const call = createTransport(options);

  const command = <Answer>(id: string, verb: string, body: object, signal?: AbortSignal) =>
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

    cancel: (id, { signal, ...body } = {}) => command(id, 'cancel', body, signal),

    archive: (id, { signal, ...body } = {}) => command(id, 'archive', body, signal),

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
