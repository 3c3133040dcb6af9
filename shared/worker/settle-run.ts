import { ParametersInvalidError } from '../errors.ts';
import { containsError, fitReport, type Report } from '../report/report.ts';
import { PermanentTaskError } from '../task/handler-errors.ts';
import type { StoredFile } from '../task/stored-file.ts';
import type { Ending, PutBack } from '../task-log/task-log.ts';
import { retryDelaySeconds } from './retry-policy.ts';
import { type Run, type RunDeps, type Settled, UNKNOWN_TASK_RETRY } from './run.ts';
import type { HandlerResult } from './run-handler.ts';
import { cancelReport, failureReport, runReport } from './run-report.ts';
import { ClaimLost, TaskCancelled } from './stop-reasons.ts';
import { untilStored } from './until-stored.ts';

/** Most bytes of a stored report: with its keys it must fit a DynamoDB item of 400 KB. */
const MAX_REPORT_BYTES = 350_000;

/** Nothing was stored, so the message is left to whoever holds the claim. */
const LOST: Settled = { action: 'leave', outcome: 'lost' };

/** From what the handler did to what is stored, and from that to what becomes of the message. */
export async function settleRun(result: HandlerResult, run: Run, deps: RunDeps): Promise<Settled> {
  switch (result.kind) {
    case 'returned':
      return settleReturn(result.report, run, deps);
    case 'threw':
      return settleFailure(result.error, run, deps);
    case 'later':
      deps.logger.info('task will run later', {
        taskId: run.task.id,
        delaySeconds: result.delaySeconds,
        reason: result.message,
      });
      return putBack({ usesAttempt: false }, result.delaySeconds, run, deps);
    case 'stopped':
      if (result.reason instanceof ClaimLost) return LOST;
      if (result.reason instanceof TaskCancelled) return cancel(run, deps);
      return putBack({ usesAttempt: false }, 0, run, deps);
  }
}

async function settleReturn(
  returned: Report | undefined,
  run: Run,
  deps: RunDeps,
): Promise<Settled> {
  let ending: Ending;
  try {
    const report = runReport(run.task, returned && fitReport(returned, MAX_REPORT_BYTES));
    ending = endingOf(report, run, await run.file.last());
  } catch (cause) {
    // The work is done: running it again would only do it twice.
    const reason = `it finished, but its report cannot be stored: ${describe(cause)}`;
    return settleFailure(new PermanentTaskError(reason, { cause }), run, deps);
  }
  return finish(ending, run, deps);
}

function endingOf(report: Report, { children }: Run, file: StoredFile | undefined): Ending {
  if (containsError(report)) return { status: 'failed', report };
  const made = { report, ...(file && { file }) };
  if (!children.mustBeAwaited) return { status: 'completed', ...made };
  const sentChildren = children.sentWhereInDoubt;
  return { status: 'child_running', ...made, ...(sentChildren && { sentChildren }) };
}

async function settleFailure(error: unknown, run: Run, deps: RunDeps): Promise<Settled> {
  const { task, claim } = run;
  const message = describe(error);
  const report = fitReport(failureReport(task, message), MAX_REPORT_BYTES);
  deps.logger.warn('attempt failed', { taskId: task.id, attempt: claim.attempt, error });

  if (error instanceof PermanentTaskError || error instanceof ParametersInvalidError) {
    return finish({ status: 'failed', report }, run, deps);
  }
  const { handler } = run;
  const retry = handler?.definition.retry ?? UNKNOWN_TASK_RETRY;
  const tries = handler ? claim.attempt : claim.token;
  if (tries < retry.maxAttempts) {
    const delaySeconds = retryDelaySeconds(retry, tries, deps.random());
    return putBack({ usesAttempt: handler !== undefined, report }, delaySeconds, run, deps);
  }
  // The dead letter comes before the end: a crash in between leaves two of it, never none.
  const { queue, delivery } = run.held;
  await untilStored(run.stop, async () => deps.brokers.get(queue)?.deadLetter(delivery, message));
  return finish({ status: 'failed', report }, run, deps);
}

async function finish(ending: Ending, { claim, stop }: Run, { log }: RunDeps): Promise<Settled> {
  const stored = await untilStored(stop, () => log.finish(claim, ending));
  if (!stored) return LOST;
  const { status } = ending;
  return { action: 'ack', outcome: status === 'child_running' ? 'completed' : status };
}

async function cancel(run: Run, deps: RunDeps): Promise<Settled> {
  deps.logger.info('task cancelled', { taskId: run.task.id, attempt: run.claim.attempt });
  return finish({ status: 'cancelled', report: cancelReport(run.task) }, run, deps);
}

async function putBack(
  how: PutBack,
  delaySeconds: number,
  run: Run,
  deps: RunDeps,
): Promise<Settled> {
  const write = { ...how, delaySeconds };
  const state = await untilStored(run.stop, () => deps.log.putBack(run.claim, write));
  if (state === 'cancel-requested') return cancel(run, deps);
  if (state === 'lost') return LOST;
  return { action: 'release', delaySeconds, outcome: how.usesAttempt ? 'retried' : 'later' };
}

/** For the report: what was wrong, with every bad parameter named. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const problems = error instanceof ParametersInvalidError ? error.problems : [];
  return [error.message, ...problems.map(({ path, message }) => `${path}: ${message}`)].join(' ');
}
