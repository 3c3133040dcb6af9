import { randomUUID } from 'node:crypto';
import type { Span } from '@opentelemetry/api';
import { systemClock } from '../clock.ts';
import { FilesUnavailableError, TaskNameUnknownError } from '../errors.ts';
import { parametersOf } from '../files/payloads.ts';
import { decodeTask, UndecodableMessageError } from '../task/message.ts';
import type { TracedTask } from '../task/task.ts';
import { inSpan, markFailed, startProcessSpan, withTraceId } from '../tracing.ts';
import { AttemptFile } from './attempt-file.ts';
import { Children } from './children.ts';
import type { HeldTask } from './held-task.ts';
import type { Run, RunDeps, Settled } from './run.ts';
import { type HandlerResult, runHandler } from './run-handler.ts';
import { settleRun } from './settle-run.ts';
import { TaskCancelled, WorkerStopping } from './stop-reasons.ts';
import { taskContextOf } from './task-context-of.ts';
import { untilStored } from './until-stored.ts';
import type { RunOutcome } from './worker-observer.ts';

/** Until a message that met a fault of ours is delivered again. */
const TROUBLE_DELAY_SECONDS = 30;

/** Takes one message through decode ▸ claim ▸ handle ▸ finish. */
export class TaskRunner {
  readonly #deps: RunDeps;

  constructor(deps: RunDeps) {
    this.#deps = deps;
  }

  /**
   * Says what is to become of the message, and never rejects. `ack` means the end of the task is
   * stored.
   * @param stop aborts when the worker may wait no longer
   */
  async run(held: HeldTask, stop: AbortSignal): Promise<Settled> {
    const { clock = systemClock, observer } = this.#deps;
    const startedAt = clock.now();
    const settled = await this.#settle(held, stop);
    const runSeconds = (clock.now() - startedAt) / 1000;
    observer?.ended(held.queue, settled.outcome, runSeconds, held.task);
    return settled;
  }

  async #settle(held: HeldTask, stop: AbortSignal): Promise<Settled> {
    try {
      return await this.#runMessage(held, stop);
    } catch (error) {
      this.#deps.logger.error('task could not be settled', { queue: held.queue, error });
      const delaySeconds = stop.aborted ? 0 : TROUBLE_DELAY_SECONDS;
      return { action: 'release', delaySeconds, outcome: 'unsettled' };
    } finally {
      delete held.execution;
    }
  }

  async #runMessage(held: HeldTask, stop: AbortSignal): Promise<Settled> {
    try {
      return await this.#runTraced(decodeTask(held.delivery.body), held, stop);
    } catch (error) {
      if (error instanceof UndecodableMessageError)
        return this.#setAside(held, error.message, stop);
      throw error;
    }
  }

  #runTraced({ trace, ...task }: TracedTask, held: HeldTask, stop: AbortSignal): Promise<Settled> {
    held.task = task;
    const { messageId } = held.delivery;
    const { system } = this.#deps.brokers.get(held.queue) ?? {};
    const queue = { name: held.queue, system };
    const span = startProcessSpan(task, trace, { queue, messageId });
    return inSpan(span, async () => {
      let outcome: RunOutcome = 'unsettled';
      try {
        const settled = await this.#runTask({ task, held, stop }, span);
        outcome = settled.outcome;
        return settled;
      } finally {
        span.setAttribute('task_queue.outcome', outcome);
      }
    });
  }

  async #runTask(
    { task, held, stop }: Pick<Run, 'task' | 'held' | 'stop'>,
    span: Span,
  ): Promise<Settled> {
    const deps = this.#depsIn(span);
    const {
      log,
      fileStore,
      workerId,
      leaseSeconds,
      handlers,
      observer,
      clock = systemClock,
    } = deps;
    const pickedAt = clock.now();
    // Made once: a claim that is repeated because its answer got lost must know itself again.
    const { queue } = held;
    const request = { queue, workerId, leaseSeconds, claimId: randomUUID() };
    const claimed = await untilStored(stop, () => log.claim(task, request));
    if (claimed.outcome === 'ended') return { action: 'ack', outcome: 'duplicate' };
    if (claimed.outcome === 'busy') {
      return { action: 'release', delaySeconds: claimed.forSeconds, outcome: 'busy' };
    }
    const { claim, isCancelRequested, hasChildren } = claimed;
    observer?.picked(queue, claim.token === 1 ? waitedSeconds(held, pickedAt) : undefined, task);
    span.setAttribute('task_queue.attempt', claim.attempt);

    const children = new Children(task, claim, hasChildren);
    const file = new AttemptFile(claim, fileStore);
    const run = { task, held, stop, claim, children, file, handler: handlers.get(task.name) };
    const result: HandlerResult = isCancelRequested
      ? { kind: 'stopped', reason: new TaskCancelled() }
      : await this.#attempt(run, deps);
    const settled = await settleRun(result, run, deps);
    if (result.kind === 'threw') markFailed(span, result.error);
    else if (settled.outcome === 'failed') markFailed(span, 'failed according to its report');
    return settled;
  }

  #depsIn(span: Span): RunDeps {
    const logger = withTraceId(this.#deps.logger, span);
    return logger === this.#deps.logger ? this.#deps : { ...this.#deps, logger };
  }

  async #attempt(run: Run, deps: RunDeps): Promise<HandlerResult> {
    const { claim, task, handler, held, stop } = run;
    if (!handler) {
      const error = new TaskNameUnknownError(task.name, [...deps.handlers.keys()]);
      return { kind: 'threw', error };
    }
    const { maxAttempts } = handler.definition.retry;
    if (claim.attempt > maxAttempts) {
      return {
        kind: 'threw',
        error: new Error(`none of its ${maxAttempts} attempts came to an end`),
      };
    }
    const abort = new AbortController();
    const onStop = (): void => abort.abort(new WorkerStopping());
    if (stop.aborted) onStop();
    stop.addEventListener('abort', onStop, { once: true });
    held.execution = { claim, abort };
    try {
      const parameters = await parametersOf(task, deps.fileStore);
      return await runHandler(handler, parameters, taskContextOf(run, abort, deps), abort);
    } catch (error) {
      return withoutParameters(error);
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  /** A message that is no task: recorded and kept among the dead letters, for somebody to look at. */
  async #setAside(held: HeldTask, reason: string, stop: AbortSignal): Promise<Settled> {
    const { log, brokers, logger } = this.#deps;
    const { queue, delivery } = held;
    const { messageId, sentAt } = delivery;
    logger.error('undecodable message set aside', { queue, messageId, reason });
    await untilStored(stop, () => log.recordUndecodable({ messageId, sentAt, queue, reason }));
    await untilStored(stop, async () => brokers.get(queue)?.deadLetter(delivery, reason));
    return { action: 'ack', outcome: 'set-aside' };
  }
}

/** That the file store is away uses no attempt; that the parameters are not in it does. */
const withoutParameters = (error: unknown): HandlerResult =>
  error instanceof FilesUnavailableError
    ? { kind: 'later', delaySeconds: TROUBLE_DELAY_SECONDS, message: error.message }
    : { kind: 'threw', error };

/** The clocks of broker and worker may differ a little. */
const waitedSeconds = ({ delivery }: HeldTask, pickedAt: number): number =>
  Math.max(pickedAt - delivery.sentAt, 0) / 1000;
