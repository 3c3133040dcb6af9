import { randomUUID } from 'node:crypto';
import { TaskNameUnknownError } from '../errors.ts';
import { decodeTask, UndecodableMessageError } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import type { HeldTask, Settlement } from './held-task.ts';
import type { Run, RunDeps } from './run.ts';
import { type HandlerResult, runHandler } from './run-handler.ts';
import { settleRun } from './settle-run.ts';
import { TaskCancelled, WorkerStopping } from './stop-reasons.ts';
import { taskContextOf } from './task-context-of.ts';
import { untilStored } from './until-stored.ts';

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
  async run(held: HeldTask, stop: AbortSignal): Promise<Settlement> {
    try {
      return await this.#runMessage(held, stop);
    } catch (error) {
      this.#deps.logger.error('task could not be settled', { queue: held.queue, error });
      return { action: 'release', delaySeconds: stop.aborted ? 0 : TROUBLE_DELAY_SECONDS };
    } finally {
      delete held.execution;
    }
  }

  async #runMessage(held: HeldTask, stop: AbortSignal): Promise<Settlement> {
    try {
      return await this.#runTask(decodeTask(held.delivery.body), held, stop);
    } catch (error) {
      if (error instanceof UndecodableMessageError)
        return this.#setAside(held, error.message, stop);
      throw error;
    }
  }

  async #runTask(task: Task, held: HeldTask, stop: AbortSignal): Promise<Settlement> {
    const { log, workerId, leaseSeconds, handlers } = this.#deps;
    // Made once: a claim that is repeated because its answer got lost must know itself again.
    const request = { queue: held.queue, workerId, leaseSeconds, claimId: randomUUID() };
    const claimed = await untilStored(stop, () => log.claim(task, request));
    if (claimed.outcome === 'ended') return { action: 'ack' };
    if (claimed.outcome === 'held') return { action: 'release', delaySeconds: claimed.forSeconds };

    const run = { task, held, stop, claim: claimed.claim, handler: handlers.get(task.name) };
    const result: HandlerResult = claimed.isCancelRequested
      ? { kind: 'stopped', reason: new TaskCancelled() }
      : await this.#attempt(run);
    return settleRun(result, run, this.#deps);
  }

  async #attempt(run: Run): Promise<HandlerResult> {
    const { task, claim, handler, held, stop } = run;
    if (!handler) {
      const error = new TaskNameUnknownError(task.name, [...this.#deps.handlers.keys()]);
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
      const context = taskContextOf(task, claim, abort, this.#deps);
      return await runHandler(handler, task.parameters, context, abort);
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  /** A message that is no task: recorded and kept among the dead letters, for somebody to look at. */
  async #setAside(held: HeldTask, reason: string, stop: AbortSignal): Promise<Settlement> {
    const { log, brokers, logger } = this.#deps;
    const { queue, delivery } = held;
    const { messageId, sentAt } = delivery;
    logger.error('undecodable message set aside', { queue, messageId, reason });
    await untilStored(stop, () => log.recordUndecodable({ messageId, sentAt, queue, reason }));
    await untilStored(stop, async () => brokers.get(queue)?.deadLetter(delivery, reason));
    return { action: 'ack' };
  }
}
