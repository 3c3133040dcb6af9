import { pause } from '../clock.ts';
import type { Report } from '../report/report.ts';
import { RetryLaterError } from '../task/handler-errors.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import { StopReason, TaskTimedOut, WorkerStopping } from './stop-reasons.ts';

/** A handler that ignores its aborted signal is given up after this time. */
const ABORT_GRACE_MS = 5000;

export type HandlerResult =
  | { readonly kind: 'returned'; readonly report: Report | undefined }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'later'; readonly delaySeconds: number; readonly message: string }
  /** It was told to stop and did not finish. */
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/**
 * Runs one attempt to its end, and never rejects. Work that finishes although it was told to stop
 * counts as finished: throwing it away would only make it run twice.
 */
export async function runHandler(
  handler: TaskHandler,
  parameters: unknown,
  context: TaskContext,
  abort: AbortController,
): Promise<HandlerResult> {
  const { timeoutSeconds } = handler.definition;
  const timer = setTimeout(
    () => abort.abort(new TaskTimedOut(timeoutSeconds)),
    timeoutSeconds * 1000,
  );
  const givenUp = new AbortController();
  try {
    return await Promise.race([
      attempt(handler, parameters, context),
      stopped(context.signal, givenUp.signal),
    ]);
  } finally {
    clearTimeout(timer);
    givenUp.abort();
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
    if (error instanceof RetryLaterError) {
      return { kind: 'later', delaySeconds: error.delaySeconds, message: error.message };
    }
    return { kind: 'threw', error };
  }
}

async function stopped(signal: AbortSignal, done: AbortSignal): Promise<HandlerResult> {
  await aborted(signal, done);
  await pause(ABORT_GRACE_MS, done);
  return resultOfStop(signal);
}

const aborted = (signal: AbortSignal, done: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: done });
  });

/** A timeout is the task's own failure; every other reason is not. */
function resultOfStop({ reason }: AbortSignal): HandlerResult {
  if (reason instanceof TaskTimedOut) return { kind: 'threw', error: reason };
  return { kind: 'stopped', reason: reason instanceof StopReason ? reason : new WorkerStopping() };
}
