import type { Timer, TimerClock } from '../clock.ts';
import { tamed } from '../foreign/error.ts';
import type { Report } from '../report/report.ts';
import { RetryLaterError, type TaskContext } from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import { StopReason, TaskTimedOut, WorkerStopping } from './stop-reasons.ts';

/** The slot of a handler that ignores its aborted signal is freed after this time. */
const ABORT_GRACE_MS = 5000;

export type HandlerResult =
  | { readonly kind: 'returned'; readonly report: Report | undefined }
  | { readonly kind: 'threw'; readonly error: Error }
  | { readonly kind: 'later'; readonly delaySeconds: number; readonly message: string }
  /** Its signal was aborted and it did not finish. */
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/**
 * Runs one attempt to its end. Never rejects. Work that finishes although its signal was aborted counts as
 * finished: to discard it would only make it run twice.
 */
export async function runHandler(
  handler: TaskHandler,
  parameters: unknown,
  context: TaskContext,
  abort: AbortController,
  clock: TimerClock,
): Promise<HandlerResult> {
  const { timeoutSeconds } = handler.definition;
  const { signal } = abort;
  const givenUp = Promise.withResolvers<HandlerResult>();
  const giveUp = (): void => {
    context.logger.warn('handler ignores its signal; its slot is freed while it may still run', {
      reason: String(signal.reason),
    });
    givenUp.resolve(resultOfStop(signal));
  };
  let grace: Timer | undefined;
  const onAbort = (): void => {
    grace = clock.after(ABORT_GRACE_MS, giveUp);
  };
  const timeOut = (): void => abort.abort(new TaskTimedOut(timeoutSeconds));
  const timer = clock.after(timeoutSeconds * 1000, timeOut);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([attempt(handler, parameters, context), givenUp.promise]);
  } finally {
    timer.cancel();
    grace?.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

async function attempt(
  handler: TaskHandler,
  parameters: unknown,
  context: TaskContext,
): Promise<HandlerResult> {
  try {
    return { kind: 'returned', report: await handler.run(parameters, context) };
  } catch (error) {
    if (context.signal.aborted) return resultOfStop(context.signal);
    // From here on nobody needs to know that reading an error can throw, or never end.
    const thrown = tamed(error);
    if (thrown instanceof RetryLaterError) {
      return { kind: 'later', delaySeconds: secondsOf(thrown), message: thrown.message };
    }
    return { kind: 'threw', error: thrown };
  }
}

/** A subclass, or the process of a task, may have replaced the number. */
const secondsOf = ({ delaySeconds }: RetryLaterError): number =>
  new RetryLaterError(Number(delaySeconds)).delaySeconds;

/** A timeout is a failure of the task. Every other reason is not. */
function resultOfStop({ reason }: AbortSignal): HandlerResult {
  if (reason instanceof TaskTimedOut) return { kind: 'threw', error: reason };
  return { kind: 'stopped', reason: reason instanceof StopReason ? reason : new WorkerStopping() };
}
