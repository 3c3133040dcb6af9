import type { Span } from '@opentelemetry/api';
import type { Broker } from '../broker/broker.ts';
import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import {
  BrokerUnavailableError,
  ConfigInvalidError,
  type FieldProblem,
  ParametersInvalidError,
  TaskTooLargeError,
} from '../errors.ts';
import type { PayloadStore } from '../files/file-store.ts';
import { offloadParameters } from '../files/payloads.ts';
import { newTaskId } from '../ids.ts';
import { isNestedDeeper, type JsonValue } from '../json.ts';
import type { Logger } from '../logger.ts';
import { encodeTask, MAX_MESSAGE_BYTES, taskProblems } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import { parseParameters, type TaskCatalogue } from '../task/task-definition.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import { inSpan, markFailed, startEnqueueSpan, traceContextOf, withTraceId } from '../tracing.ts';
import type { EnqueuedTask, EnqueueRequest } from './enqueue-request.ts';
import { queueFor } from './routing.ts';
import type { SyncRunner } from './sync-runner.ts';

export type DispatcherDeps = {
  readonly config: Pick<TaskQueueConfig, 'queues' | 'defaultQueue' | 'taskQueues'>;
  readonly catalogue: TaskCatalogue;
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly log: TaskLog;
  readonly logger: Logger;
  /** Takes parameters that are too large for a message. Absent: such a task is refused. */
  readonly payloads?: PayloadStore | undefined;
  /** Runs a task of a sync queue here and now. Absent where there are no handlers. */
  readonly runSync?: SyncRunner;
  readonly clock?: Clock;
};

type Prepared = {
  readonly task: Task;
  readonly queue: string;
  readonly delaySeconds: number;
  /** In a message. */
  readonly fits: boolean;
};
type Outgoing = Prepared & { readonly body: string; readonly span: Span };

/** What applications use: checks a task, finds its queue, sends it there and records it. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #clock: Clock;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
  }

  /** True when every queue is sync: tasks run in the caller and no worker is needed. */
  get isSync(): boolean {
    return this.#deps.config.queues.every(({ name }) => this.isSyncQueue(name));
  }

  /** True when the tasks of this queue run in the caller. */
  isSyncQueue(queue: string): boolean {
    return this.#deps.config.queues.some(
      ({ name, broker }) => name === queue && broker.type === 'memory',
    );
  }

  /**
   * @returns when the broker holds the task durably; for a sync queue, when it has run
   * @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | FilesUnavailableError |
   *   BrokerUnavailableError} with nothing recorded
   */
  async enqueue(request: EnqueueRequest): Promise<EnqueuedTask> {
    const [result] = await this.enqueueMany([request]);
    if (result === undefined || result instanceof Error) throw result;
    return result;
  }

  /** Checks the parameters of a task. @throws {TaskNameUnknownError | ParametersInvalidError} */
  check(name: string, parameters: unknown): void {
    const definition = this.#deps.catalogue.get(name);
    parseParameters(definition, toJson(name, parameters));
  }

  /** What is wrong with a request. Enqueues nothing. */
  refusalOf(request: EnqueueRequest): Error | undefined {
    try {
      this.#prepare(request);
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }

  /**
   * Enqueues what can be, and answers for each request in the same order. What is wrong with a
   * request already is its answer.
   */
  async enqueueMany(
    requests: readonly (EnqueueRequest | Error)[],
  ): Promise<(EnqueuedTask | Error)[]> {
    const prepared = await Promise.all(requests.map((request) => this.#tryPrepare(request)));
    const valid = prepared.filter((item): item is Prepared => !(item instanceof Error));
    const groups = [...Map.groupBy(valid, ({ queue }) => queue)];
    const answers = new Map(
      await Promise.all(
        groups.map(async ([queue, items]) => [queue, await this.#sendGroup(queue, items)] as const),
      ),
    );
    return prepared.map((item) => {
      if (item instanceof Error) return item;
      return (
        answers.get(item.queue)?.shift() ?? new BrokerUnavailableError(item.queue, 'no answer')
      );
    });
  }

  async #tryPrepare(request: EnqueueRequest | Error): Promise<Prepared | Error> {
    if (request instanceof Error) return request;
    try {
      return await this.#fitted(this.#prepare(request));
    } catch (error) {
      return asError(error);
    }
  }

  #prepare({ name, parameters, label, delaySeconds = 0, ...rest }: EnqueueRequest): Prepared {
    const { id = newTaskId(), masterStatus = false, owner, parentId, retryOf } = rest;
    const definition = this.#deps.catalogue.get(name);
    const json = toJson(name, parameters);
    const parsed = parseParameters(definition, json);
    const task: Task = {
      id,
      name,
      parameters: json,
      label: label ?? name,
      ...(owner === undefined ? {} : { owner }),
      ...(parentId === undefined ? {} : { parentId }),
      ...(retryOf === undefined ? {} : { retryOf }),
      masterStatus,
      createdAt: isoTime(rest.createdAt ?? this.#clock.now()),
    };
    const problems = [...taskProblems(task), ...delayProblems(delaySeconds)];
    if (problems.length > 0) throw new ParametersInvalidError(name, problems);
    const queue = queueFor(definition, parsed, this.#deps.config);
    if (this.isSyncQueue(queue) && !this.#deps.runSync) throw syncElsewhere(queue);
    const bytes = Buffer.byteLength(encodeTask(task));
    if (bytes > MAX_MESSAGE_BYTES && !this.#deps.payloads) {
      throw new TaskTooLargeError(bytes, MAX_MESSAGE_BYTES);
    }
    return { task, queue, delaySeconds, fits: bytes <= MAX_MESSAGE_BYTES };
  }

  /** Parameters that are too large for a message are stored before it is sent: it points to them. */
  async #fitted(prepared: Prepared): Promise<Prepared> {
    const { payloads } = this.#deps;
    if (prepared.fits || !payloads) return prepared;
    return { ...prepared, task: await offloadParameters(prepared.task, payloads) };
  }

  /**
   * Send, then record. Dying in between loses nothing: the worker's claim writes the record from the
   * message. The other order could leave a record whose task nobody will ever run.
   */
  async #sendGroup(queue: string, items: readonly Prepared[]): Promise<(EnqueuedTask | Error)[]> {
    const outgoing = items.map(outgoingOf);
    const failures = this.isSyncQueue(queue) ? [] : await this.#publish(queue, outgoing);
    return Promise.all(outgoing.map((item, index) => this.#conclude(item, failures[index])));
  }

  async #publish(queue: string, items: readonly Outgoing[]): Promise<(Error | undefined)[]> {
    const messages = items.map(({ body, delaySeconds }) => ({
      body,
      ...(delaySeconds > 0 ? { delaySeconds } : {}),
    }));
    try {
      const broker = this.#deps.brokers.get(queue);
      if (!broker) throw new BrokerUnavailableError(queue, 'it has no broker here');
      return await broker.publish(messages);
    } catch (error) {
      return items.map(() => error as Error);
    }
  }

  #conclude({ task, queue, body, span }: Outgoing, failure?: Error): Promise<EnqueuedTask | Error> {
    return inSpan(span, async () => {
      if (failure) {
        markFailed(span, failure);
        return failure;
      }
      await this.#record(task, queue, span);
      if (this.isSyncQueue(queue)) await this.#deps.runSync?.(queue, body);
      return { id: task.id, queue };
    });
  }

  /** The task is accepted already, so a failure here is not the caller's: the claim makes up for it. */
  async #record(task: Task, queue: string, span: Span): Promise<void> {
    try {
      await this.#deps.log.recordEnqueued(task, queue);
    } catch (error) {
      const logger = withTraceId(this.#deps.logger, span);
      logger.warn('task sent but not recorded yet', { taskId: task.id, error });
    }
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** The trace comes on top of the largest message: whether a task fits must not depend on it. */
function outgoingOf(item: Prepared): Outgoing {
  const span = startEnqueueSpan(item.task, item.queue);
  const trace = traceContextOf(span);
  return { ...item, span, body: encodeTask(trace ? { ...item.task, trace } : item.task) };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_DELAY_SECONDS = 900;

function delayProblems(delaySeconds: number): FieldProblem[] {
  const isFine =
    Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS;
  const message = `must be a whole number from 0 to ${MAX_DELAY_SECONDS}`;
  return isFine ? [] : [{ path: 'delaySeconds', message }];
}

/** Deeper parameters could end a schema, or whoever reads them later, by the size of the stack. */
const MAX_NESTING = 100;

/**
 * The parameters as a worker will get them.
 * @throws {ParametersInvalidError} when they are no JSON, or nested too deep
 */
function toJson(taskName: string, parameters: unknown): JsonValue {
  const refuse = (message: string): ParametersInvalidError =>
    new ParametersInvalidError(taskName, [{ path: 'parameters', message }]);
  if (parameters === undefined) throw refuse('is missing; {} if the task takes none');
  let json: JsonValue;
  try {
    json = JSON.parse(JSON.stringify(parameters)) as JsonValue;
  } catch (error) {
    throw refuse(`must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isNestedDeeper(json, MAX_NESTING)) return json;
  throw refuse(`must not be nested deeper than ${MAX_NESTING} levels`);
}

const syncElsewhere = (queue: string): Error =>
  new ConfigInvalidError(`of queue "${queue}"`, [
    { path: 'broker.type', message: 'memory runs tasks in the caller, which has no handlers here' },
  ]);
