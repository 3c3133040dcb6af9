import { pause, type TimerClock } from '../clock.ts';
import { BrokerUnavailableError, LogUnavailableError, ParametersInvalidError } from '../errors.ts';
import { messageOf, partsOf, propertyOf, textOf } from '../foreign/text.ts';
import { containsError, fitReport, Report, validReport } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import { PermanentTaskError, type StoredFile } from '../task/task-context.ts';
import type { RetryPolicy } from '../task/task-definition.ts';
import type { Ending, Requeue } from '../task-log/task-log.ts';
import type { Run, RunDeps, RunResult } from './run.ts';
import type { HandlerResult } from './run-handler.ts';
import { ClaimLost, TaskCancelled } from './stop-reasons.ts';

/** Largest stored report. With its keys it must fit into a DynamoDB item of 400 KB. */
const MAX_REPORT_BYTES = 350_000;

/** Waits between tries to store an end while the task log is away. Retries of tasks have a policy. */
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/**
 * For a task whose name this worker does not know. A newer worker may know it, so no attempt of the
 * task's own is used. Rolling out a new task takes a while; after about two hours it is a mistake.
 */
const UNKNOWN_TASK_RETRY: RetryPolicy = { maxAttempts: 24, baseSeconds: 30, maxSeconds: 900 };

/** Nothing was stored, so the message is left to the worker that has the claim. */
const LOST: RunResult = { action: 'leave', outcome: 'lost' };

/** Stores how the handler ended, and returns what happens to the message next: return-message.ts does it. */
export async function finishRun(
  result: HandlerResult,
  run: Run,
  deps: RunDeps,
): Promise<RunResult> {
  switch (result.kind) {
    case 'returned':
      return finishReturned(result.report, run, deps);
    case 'threw':
      return finishFailed(result.error, run, deps);
    case 'later': {
      const { delaySeconds, message: reason } = result;
      const requeued = await requeueTask({ usesAttempt: false, delaySeconds }, run, deps);
      deps.logger.info('task will run later', { taskId: run.task.id, delaySeconds, reason });
      return requeued;
    }
    case 'stopped':
      if (result.reason instanceof ClaimLost) return LOST;
      if (result.reason instanceof TaskCancelled) return finishCancelled(run, deps);
      return requeueTask({ usesAttempt: false, delaySeconds: 0 }, run, deps);
  }
}

async function finishReturned(
  returned: Report | undefined,
  run: Run,
  deps: RunDeps,
): Promise<RunResult> {
  let ending: Ending;
  try {
    const valid =
      returned === undefined ? undefined : fitReport(validReport(returned), MAX_REPORT_BYTES);
    const report = runReport(run.task, valid);
    ending = endingOf(report, run, await run.file.last());
  } catch (cause) {
    // The work is done: running it again would only do it twice.
    const reason = `it finished, but its report cannot be stored: ${messageOf(cause)}`;
    return finishFailed(new PermanentTaskError(reason, { cause }), run, deps);
  }
  return store(ending, run, deps);
}

function endingOf(report: Report, { children }: Run, file: StoredFile | undefined): Ending {
  if (containsError(report)) return { status: 'failed', report };
  if (!children.mustBeAwaited) return { status: 'completed', report, file };
  return { status: 'child_running', report, file, sentChildren: children.sentWhereInDoubt };
}

/** Stores a failure, and logs it: what is only told comes after what is stored. */
async function finishFailed(error: Error, run: Run, deps: RunDeps): Promise<RunResult> {
  const { task, claim } = run;
  try {
    return await storeFailure(error, run, deps);
  } finally {
    deps.logger.warn('attempt failed', { taskId: task.id, attempt: claim.attempt, error });
  }
}

async function storeFailure(error: Error, run: Run, deps: RunDeps): Promise<RunResult> {
  const { task, claim, handler, message } = run;
  const reason = describe(error);
  const report = fitReport(failureReport(task, error), MAX_REPORT_BYTES);
  if (error instanceof PermanentTaskError || error instanceof ParametersInvalidError) {
    return store({ status: 'failed', report }, run, deps);
  }
  const retry = handler?.definition.retry ?? UNKNOWN_TASK_RETRY;
  const attempt = handler ? claim.attempt : claim.token;
  if (attempt < retry.maxAttempts) {
    const delaySeconds = retryDelaySeconds(retry, attempt, deps.random());
    return requeueTask({ usesAttempt: handler !== undefined, report, delaySeconds }, run, deps);
  }
  // The dead letter is stored first: a crash in between leaves two dead letters, never none.
  const { queue, delivery } = message;
  await untilStored(run.stop, deps.clock, async () =>
    deps.brokers.get(queue)?.deadLetter(delivery, reason),
  );
  return store({ status: 'failed', report }, run, deps);
}

async function finishCancelled(run: Run, deps: RunDeps): Promise<RunResult> {
  const { task, claim } = run;
  const report = Report.info(`Task ${task.id} was cancelled while it ran`);
  const stored = await store({ status: 'cancelled', report }, run, deps);
  deps.logger.info('task cancelled', { taskId: task.id, attempt: claim.attempt });
  return stored;
}

/** Stores the end of a task. Its message is no longer needed then. */
async function store(
  ending: Ending,
  { claim, stop }: Run,
  { log, clock }: RunDeps,
): Promise<RunResult> {
  const isStored = await untilStored(stop, clock, () => log.finish(claim, ending));
  if (!isStored) return LOST;
  const { status } = ending;
  return { action: 'ack', outcome: status === 'child_running' ? 'completed' : status };
}

/** Makes a task claimable again: for a retry, for later, or because the worker stops. */
async function requeueTask(
  how: Requeue & { readonly delaySeconds: number },
  run: Run,
  deps: RunDeps,
): Promise<RunResult> {
  const state = await untilStored(run.stop, deps.clock, () => deps.log.requeue(run.claim, how));
  if (state === 'cancel-requested') return finishCancelled(run, deps);
  if (state === 'lost') return LOST;
  const { usesAttempt, delaySeconds } = how;
  return { action: 'requeue', delaySeconds, outcome: usesAttempt ? 'retried' : 'later' };
}

/**
 * Returns the seconds until the next attempt: exponential backoff with full jitter, so that tasks
 * which failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param attempt the attempt that just failed, 1 or more
 * @param random 0 up to but not including 1
 */
export function retryDelaySeconds(
  { baseSeconds, maxSeconds }: RetryPolicy,
  attempt: number,
  random: number,
): number {
  const ceiling = Math.min(baseSeconds * 2 ** (attempt - 1), maxSeconds);
  return Math.round(random * ceiling);
}

/**
 * Repeats a write to the task log or to the dead letters until it succeeds. The slot stays occupied
 * meanwhile, so an outage slows the worker down instead of emptying the queues into nowhere.
 * @throws the last error once `stop` aborts, and any error that waiting cannot fix at once
 */
export async function untilStored<Result>(
  stop: AbortSignal,
  clock: TimerClock,
  write: () => Promise<Result>,
): Promise<Result> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      const isTransient =
        error instanceof LogUnavailableError || error instanceof BrokerUnavailableError;
      if (!isTransient || stop.aborted) throw error;
      await pause(waitMs, stop, clock);
    }
  }
}

/** The report of a task whose handler returned. */
export const runReport = ({ id }: Task, returned: Report | undefined): Report =>
  Report.info(`Running task ${id}`, undefined, [
    returned ?? Report.info('The task returned no report.'),
  ]);

/** The report of a failed attempt. It holds messages only: a stack trace belongs in the worker's log. */
const failureReport = ({ id }: Task, error: unknown): Report =>
  Report.error(`Executing task ${id} failed`, undefined, [errorReport(error)]);

/** The parts of a combined error are reported below it. */
const errorReport = (error: unknown): Report =>
  Report.error(
    describe(error),
    undefined,
    partsOf(error).map((part) => errorReport(part)),
  );

/** A text at the end of many problems says how many are left out. */
const problemText = (problem: unknown): string =>
  typeof problem === 'string'
    ? problem
    : `${textOf(propertyOf(problem, 'path'))}: ${textOf(propertyOf(problem, 'message'))}`;

/** Describes an error for the report, with every invalid parameter. */
function describe(error: unknown): string {
  const problems = error instanceof ParametersInvalidError ? error.problems : [];
  return [messageOf(error), ...problems.map(problemText)].join(' ');
}
