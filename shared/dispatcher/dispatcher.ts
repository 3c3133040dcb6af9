import type { Span } from '@opentelemetry/api';
import type { Broker } from '../broker/broker.ts';
import { BrokerUnavailableError, QueueNotTransactionalError } from '../errors.ts';
import { offloadParameters } from '../files/payloads.ts';
import { errorOf } from '../foreign/text.ts';
import type { Logger } from '../logger.ts';
import { encodeTask } from '../task/message.ts';
import { parseParameters } from '../task/task-definition.ts';
import type { TaskRecorder } from '../task-log/task-log.ts';
import { inSpan, markFailed, startEnqueueSpan, traceContextOf, withTraceId } from '../tracing.ts';
import type { EnqueuedTask, EnqueueRequest } from './enqueue-request.ts';
import {
  isSyncQueue,
  type PrepareDeps,
  type Prepared,
  parametersAsJson,
  prepareTask,
} from './prepare-task.ts';
import { type RequeuedTask, requeue } from './requeue.ts';
import type { Transaction, TransactionalQueue } from './transactional-queue.ts';

export type DispatcherDeps = PrepareDeps & {
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly log: Pick<TaskRecorder, 'recordEnqueued'>;
  readonly logger: Logger;
  /** The queues in the database of the task log, by name. */
  readonly transactional?: ReadonlyMap<string, TransactionalQueue>;
};

/** The name of a transactional queue's store in traces. */
const SQL_SYSTEM = 'postgresql';

type Outgoing = Prepared & { readonly body: string; readonly span: Span };

export type SendOptions = {
  /** Leaves the first record to the worker's claim. Until then the log has no record of the task. */
  readonly withoutRecords?: boolean;
};

/**
 * The service that applications use to enqueue. The journey of a task: `prepare` checks and routes it,
 * `send` stores large parameters, sends the message to the broker and records the task.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /** True when every queue is sync: tasks run in the caller and no worker is needed. */
  get isSync(): boolean {
    return this.#deps.config.queues.every(({ name }) => this.isSyncQueue(name));
  }

  /** True when the tasks of this queue run in the caller. */
  isSyncQueue(queue: string): boolean {
    return isSyncQueue(queue, this.#deps.config);
  }

  /** Checks the parameters of a task. @throws {TaskNameUnknownError | ParametersInvalidError} */
  check(name: string, parameters: unknown): void {
    const definition = this.#deps.catalogue.get(name);
    parseParameters(definition, parametersAsJson(name, parameters));
  }

  /**
   * Resolves when the broker has stored the task durably; for a sync queue, when the task has run.
   * @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | FilesUnavailableError |
   *   BrokerUnavailableError} with nothing recorded
   */
  async enqueue(request: EnqueueRequest): Promise<EnqueuedTask> {
    const [result] = await this.enqueueMany([request]);
    if (result === undefined || result instanceof Error) throw result;
    return result;
  }

  /** Enqueues every valid request. Resolves to one entry per request, in order; errors pass through. */
  enqueueMany(requests: readonly (EnqueueRequest | Error)[]): Promise<(EnqueuedTask | Error)[]> {
    return this.send(this.prepare(requests));
  }

  /** Checks and routes every request. Returns one entry per request, in order. Enqueues nothing. */
  prepare(requests: readonly (EnqueueRequest | Error)[]): (Prepared | Error)[] {
    return requests.map((request) => {
      if (request instanceof Error) return request;
      try {
        return prepareTask(request, this.#deps);
      } catch (error) {
        return errorOf(error);
      }
    });
  }

  /** Enqueues prepared tasks. Resolves to one entry per task, in order; errors pass through. */
  async send(
    items: readonly (Prepared | Error)[],
    options: SendOptions = {},
  ): Promise<(EnqueuedTask | Error)[]> {
    const prepared = await Promise.all(items.map((item) => this.#fitted(item)));
    const valid = prepared.filter((item): item is Prepared => !(item instanceof Error));
    const groups = [...Map.groupBy(valid, ({ queue }) => queue)];
    const answers = new Map(
      await Promise.all(
        groups.map(async ([queue, group]) => {
          return [queue, await this.#sendGroup(queue, group, options)] as const;
        }),
      ),
    );
    return prepared.map((item) => {
      if (item instanceof Error) return item;
      return (
        answers.get(item.queue)?.shift() ?? new BrokerUnavailableError(item.queue, 'no answer')
      );
    });
  }

  /** Stores parameters that are too large for a message, and leaves a pointer in the task. */
  async #fitted(item: Prepared | Error): Promise<Prepared | Error> {
    const { payloads } = this.#deps;
    if (item instanceof Error || item.fits || !payloads) return item;
    try {
      return { ...item, task: await offloadParameters(item.task, payloads) };
    } catch (error) {
      return errorOf(error);
    }
  }

  /**
   * Sends the tasks of one queue, then records them. A crash in between loses nothing: the worker's
   * claim writes the record from the message. The other order could leave a record of a task that
   * never runs. A transactional queue stores message and record at once.
   */
  async #sendGroup(
    queue: string,
    items: readonly Prepared[],
    { withoutRecords = false }: SendOptions,
  ): Promise<(EnqueuedTask | Error)[]> {
    const system = this.#deps.brokers.get(queue)?.system;
    const outgoing = items.map((item) => outgoingOf(item, system));
    const transactional = withoutRecords ? undefined : this.#deps.transactional?.get(queue);
    const failures = transactional
      ? await transactional.enqueue(outgoing)
      : await this.#publish(queue, outgoing);
    const isRecorded = withoutRecords || transactional !== undefined;
    return Promise.all(
      outgoing.map((item, index) => this.#conclude(item, failures[index], isRecorded)),
    );
  }

  async #publish(queue: string, items: readonly Outgoing[]): Promise<(Error | undefined)[]> {
    if (this.isSyncQueue(queue)) return [];
    const messages = items.map(({ body, delaySeconds }) => ({
      body,
      delaySeconds: delaySeconds > 0 ? delaySeconds : undefined,
    }));
    try {
      const broker = this.#deps.brokers.get(queue);
      if (!broker) throw new BrokerUnavailableError(queue, 'it has no broker here');
      return await broker.publish(messages);
    } catch (error) {
      return items.map(() => error as Error);
    }
  }

  #conclude(
    item: Outgoing,
    failure: Error | undefined,
    isRecorded: boolean,
  ): Promise<EnqueuedTask | Error> {
    const { task, queue, body, span } = item;
    return inSpan(span, async () => {
      if (failure) {
        markFailed(span, failure);
        return failure;
      }
      if (!isRecorded) await this.#record(item);
      if (this.isSyncQueue(queue)) await this.#deps.runSync?.(queue, body);
      return { id: task.id, queue };
    });
  }

  /** Never fails: the task is accepted already, and the claim writes a missing record. */
  async #record({ task, queue, delaySeconds, span }: Outgoing): Promise<void> {
    try {
      await this.#deps.log.recordEnqueued(task, queue, delaySeconds);
    } catch (error) {
      const logger = withTraceId(this.#deps.logger, span);
      logger.warn('task sent but not recorded yet', { taskId: task.id, error });
    }
  }

  /**
   * Enqueues within a transaction on the task log's database. The commit enqueues the tasks with
   * their records; a rollback discards them.
   * @throws {QueueNotTransactionalError} and the errors of `enqueue`, for the first refused request:
   *   roll back then
   */
  async enqueueWithin(
    transaction: Transaction,
    requests: readonly EnqueueRequest[],
  ): Promise<EnqueuedTask[]> {
    const items = await Promise.all(this.prepare(requests).map((item) => this.#fitted(item)));
    const prepared = items.map((item) => {
      if (item instanceof Error) throw item;
      return item;
    });
    const queues = Map.groupBy(prepared, ({ queue }) => queue);
    const targets = [...queues].map(([queue, group]) => {
      const target = this.#deps.transactional?.get(queue);
      if (!target) throw new QueueNotTransactionalError(queue);
      return { target, group };
    });
    for (const { target, group } of targets) {
      const outgoing = group.map((item) => outgoingOf(item, SQL_SYSTEM));
      try {
        await target.enqueueWithin(transaction, outgoing);
      } catch (error) {
        for (const { span } of outgoing) markFailed(span, error);
        throw error;
      } finally {
        for (const { span } of outgoing) span.end();
      }
    }
    return prepared.map(({ task: { id }, queue }) => ({ id, queue }));
  }

  /** Sends messages of recorded tasks again. Resolves to one entry per task, in order. */
  requeue(tasks: readonly RequeuedTask[]): Promise<(Error | undefined)[]> {
    return requeue(tasks, this.#deps);
  }
}

/** Adds the trace context after the size check, so that tracing does not decide whether a task fits. */
function outgoingOf(item: Prepared, system: string | undefined): Outgoing {
  const span = startEnqueueSpan(item.task, { name: item.queue, system });
  const trace = traceContextOf(span);
  return { ...item, span, body: encodeTask(trace ? { ...item.task, trace } : item.task) };
}
