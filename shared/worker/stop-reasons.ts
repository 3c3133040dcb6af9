import type { ClaimState } from '../task-log/task-log.ts';

/** Why a running task's signal aborted: its `reason`. */
export abstract class StopReason extends Error {}

/** The worker stops and its grace period is over. The task is handed back; no attempt is used. */
export class WorkerStopping extends StopReason {
  constructor() {
    super('the worker is stopping');
  }
}

/** Another worker may have the task now. Whatever this run does is not recorded. */
export class ClaimLost extends StopReason {
  constructor() {
    super('the claim on the task was lost');
  }
}

/** Somebody cancelled the task while it ran. It ends as cancelled, unless it finishes all the same. */
export class TaskCancelled extends StopReason {
  constructor() {
    super('the task was cancelled');
  }
}

/** The attempt took longer than the task's `timeoutSeconds`. It counts as failed. */
export class TaskTimedOut extends StopReason {
  constructor(timeoutSeconds: number) {
    super(`the attempt took longer than ${timeoutSeconds} s`);
  }
}

/** Stops a run whose heartbeat told that it is over. */
export function obey(state: ClaimState, abort: AbortController): void {
  if (state === 'lost') abort.abort(new ClaimLost());
  if (state === 'cancel-requested') abort.abort(new TaskCancelled());
}
