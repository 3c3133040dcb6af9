import { randomUUID } from 'node:crypto';
import type { Span } from '@opentelemetry/api';
import { FilesUnavailableError, TaskNameUnknownError } from '../errors.ts';
import { parametersOf } from '../files/payloads.ts';
import { tamed } from '../foreign/error.ts';
import { decodeTask, UndecodableMessageError } from '../task/message.ts';
import type { Task, TracedTask } from '../task/task.ts';
import { inSpan, markFailed, startProcessSpan, withTraceId } from '../tracing.ts';
import { attemptContext } from './attempt-context.ts';
import { AttemptFile } from './attempt-file.ts';
import { Children } from './children.ts';
import { finishRun, untilStored } from './finish-run.ts';
import { type LeasedMessage, logFieldsOf, type Run, type RunDeps, type RunResult } from './run.ts';
import { type HandlerResult, runHandler } from './run-handler.ts';
import { TaskCancelled, WorkerStopping } from './stop-reasons.ts';
import type { RunOutcome } from './worker-observer.ts';

/** How long a message waits for its next delivery after an error that is not the task's own. */
const TROUBLE_DELAY_SECONDS = 30;

/**
 * Takes one message through decode ▸ claim ▸ handle ▸ finish, and returns what happens to the
 * message next. `ack` means that the end of the task is stored. Never rejects.
 * @param stop aborts when the worker can wait no longer
 */
export async function runTask(
  message: LeasedMessage,
  deps: RunDeps,
  stop: AbortSignal,
): Promise<RunResult> {
  const { clock, observer } = deps;
  const startedAt = clock.now();
  const result = await runMessage(message, deps, stop);
  const runSeconds = (clock.now() - startedAt) / 1000;
  observer?.ended(message.queue, result.outcome, runSeconds, message.task);
  return result;
}

async function runMessage(
  message: LeasedMessage,
  deps: RunDeps,
  stop: AbortSignal,
): Promise<RunResult> {
  try {
    return await runOrSetAside(message, deps, stop);
  } catch (error) {
    const delaySeconds = stop.aborted ? 0 : TROUBLE_DELAY_SECONDS;
    const fields = { ...logFieldsOf(message), delaySeconds, error };
    deps.logger.error('task could not be finished; its message is requeued', fields);
    return { action: 'requeue', delaySeconds, outcome: 'unsettled' };
  } finally {
    delete message.execution;
  }
}

async function runOrSetAside(
  message: LeasedMessage,
  deps: RunDeps,
  stop: AbortSignal,
): Promise<RunResult> {
  let decoded: TracedTask;
  try {
    decoded = decodeTask(message.delivery.body);
  } catch (error) {
    if (!(error instanceof UndecodableMessageError)) throw error;
    return setAside(message, error.message, deps, stop);
  }
  return runTraced(decoded, message, deps, stop);
}

/** Records a message that is no task, and keeps a copy among the dead letters. */
async function setAside(
  { queue, delivery }: LeasedMessage,
  reason: string,
  { log, brokers, clock, logger }: RunDeps,
  stop: AbortSignal,
): Promise<RunResult> {
  const { messageId, sentAt } = delivery;
  logger.error('undecodable message moved to the dead letters', { queue, messageId, reason });
  await untilStored(stop, clock, () => log.recordUndecodable({ messageId, sentAt, queue, reason }));
  await untilStored(stop, clock, async () => brokers.get(queue)?.deadLetter(delivery, reason));
  return { action: 'ack', outcome: 'set-aside' };
}

function runTraced(
  { trace, ...task }: TracedTask,
  message: LeasedMessage,
  deps: RunDeps,
  stop: AbortSignal,
): Promise<RunResult> {
  message.task = task;
  const { messageId } = message.delivery;
  const { system } = deps.brokers.get(message.queue) ?? {};
  const span = startProcessSpan(task, trace, { queue: { name: message.queue, system }, messageId });
  return inSpan(span, async () => {
    let outcome: RunOutcome = 'unsettled';
    try {
      const logger = withTraceId(deps.logger, span);
      const result = await runDecoded(task, message, { ...deps, logger }, stop, span);
      outcome = result.outcome;
      return result;
    } finally {
      span.setAttribute('task_queue.outcome', outcome);
    }
  });
}

async function runDecoded(
  task: Task,
  message: LeasedMessage,
  deps: RunDeps,
  stop: AbortSignal,
  span: Span,
): Promise<RunResult> {
  const { log, fileStore, workerId, leaseSeconds, handlers, observer, clock } = deps;
  const pickedAt = clock.now();
  // Made once: a claim that is repeated because its answer got lost must keep its id.
  const request = { queue: message.queue, workerId, leaseSeconds, claimId: randomUUID() };
  const claimed = await untilStored(stop, clock, () => log.claim(task, request));
  if (claimed.outcome === 'ended') return { action: 'ack', outcome: 'duplicate' };
  if (claimed.outcome === 'busy') {
    return { action: 'requeue', delaySeconds: claimed.forSeconds, outcome: 'busy' };
  }
  const { claim, isCancelRequested, hasChildren } = claimed;
  const waitedSeconds = claim.token === 1 ? waitedSecondsOf(message, pickedAt) : undefined;
  observer?.picked(message.queue, waitedSeconds, task);
  span.setAttribute('task_queue.attempt', claim.attempt);

  const children = new Children(task, claim, hasChildren);
  const file = new AttemptFile(claim, fileStore);
  const run = { task, message, stop, claim, children, file, handler: handlers.get(task.name) };
  const handled: HandlerResult = isCancelRequested
    ? { kind: 'stopped', reason: new TaskCancelled() }
    : await runAttempt(run, deps);
  const result = await finishRun(handled, run, deps);
  if (handled.kind === 'threw') markFailed(span, handled.error);
  else if (result.outcome === 'failed') markFailed(span, 'failed according to its report');
  return result;
}

async function runAttempt(run: Run, deps: RunDeps): Promise<HandlerResult> {
  const { claim, task, handler, message, stop } = run;
  if (!handler) {
    return { kind: 'threw', error: new TaskNameUnknownError(task.name, [...deps.handlers.keys()]) };
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
  message.execution = { claim, abort };
  const { context, writeLastProgress } = attemptContext(run, abort, deps);
  try {
    const parameters = await parametersOf(task, deps.fileStore);
    const result = await runHandler(handler, parameters, context, abort, deps.clock);
    await writeLastProgress();
    return result;
  } catch (error) {
    return withoutParameters(error);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

/** An unreachable file store uses no attempt. Parameters that are missing from it use one. */
const withoutParameters = (error: unknown): HandlerResult =>
  error instanceof FilesUnavailableError
    ? { kind: 'later', delaySeconds: TROUBLE_DELAY_SECONDS, message: error.message }
    : { kind: 'threw', error: tamed(error) };

/** Never negative, although the clocks of broker and worker may differ a little. */
const waitedSecondsOf = ({ delivery }: LeasedMessage, pickedAt: number): number =>
  Math.max(pickedAt - delivery.sentAt, 0) / 1000;
