import { ParametersInvalidError } from '../errors.ts';
import { containsError, fitReport, type Report } from '../report/report.ts';
import { PermanentTaskError } from '../task/handler-errors.ts';
import type { PutBack } from '../task-log/task-log.ts';
import type { Settlement } from './held-task.ts';
import { retryDelaySeconds } from './retry-policy.ts';
import { type Run, type RunDeps, retryPolicyOf } from './run.ts';
import type { HandlerResult } from './run-handler.ts';
import { failureReport, runReport } from './run-report.ts';
import { ClaimLost } from './stop-reasons.ts';
import { untilStored } from './until-stored.ts';

/** Most bytes of a stored report: with its keys it must fit a DynamoDB item of 400 KB. */
const MAX_REPORT_BYTES = 350_000;

/** From what the handler did to what is stored, and from that to what becomes of the message. */
export async function settleRun(
  result: HandlerResult,
  run: Run,
  deps: RunDeps,
): Promise<Settlement> {
  switch (result.kind) {
    case 'returned':
      return finish(runReport(run.task, result.report), run, deps);
    case 'threw':
      return settleFailure(result.error, run, deps);
    case 'later':
      return putBack({ usesAttempt: false }, result.delaySeconds, run, deps);
    case 'stopped':
      if (result.reason instanceof ClaimLost) return { action: 'leave' };
      return putBack({ usesAttempt: false }, 0, run, deps);
  }
}

async function settleFailure(error: unknown, run: Run, deps: RunDeps): Promise<Settlement> {
  const { task, claim } = run;
  const message = describe(error);
  const report = failureReport(task, message);
  deps.logger.warn('attempt failed', { taskId: task.id, attempt: claim.attempt, error });

  if (error instanceof PermanentTaskError || error instanceof ParametersInvalidError) {
    return finish(report, run, deps);
  }
  const retry = retryPolicyOf(run);
  if (claim.attempt < retry.maxAttempts) {
    const delaySeconds = retryDelaySeconds(retry, claim.attempt, deps.random());
    return putBack({ usesAttempt: true, report }, delaySeconds, run, deps);
  }
  // The dead letter comes before the end: a crash in between leaves two of it, never none.
  await deps.brokers.get(run.held.queue)?.deadLetter(run.held.delivery, message);
  return finish(report, run, deps);
}

async function finish(report: Report, { claim, stop }: Run, { log }: RunDeps): Promise<Settlement> {
  const status = containsError(report) ? 'failed' : 'completed';
  const ending = { status, report: fitReport(report, MAX_REPORT_BYTES) } as const;
  const stored = await untilStored(stop, () => log.finish(claim, ending));
  return { action: stored ? 'ack' : 'leave' };
}

async function putBack(
  how: PutBack,
  delaySeconds: number,
  { claim, stop }: Run,
  { log }: RunDeps,
): Promise<Settlement> {
  const report = how.report && fitReport(how.report, MAX_REPORT_BYTES);
  const shortened = { ...how, ...(report ? { report } : {}) };
  const stored = await untilStored(stop, () => log.putBack(claim, shortened));
  return stored ? { action: 'release', delaySeconds } : { action: 'leave' };
}

/** For the report: what was wrong, with every bad parameter named. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const problems = error instanceof ParametersInvalidError ? error.problems : [];
  return [error.message, ...problems.map(({ path, message }) => `${path}: ${message}`)].join(' ');
}
