import type { ClaimState } from '../task-log/task-log.ts';

/** The `reason` of a running task's aborted signal. */
export abstract class StopReason extends Error {}

/** The worker stops and its grace period is over. The task is requeued and uses no attempt. */
export class WorkerStopping extends StopReason {
  constructor() {
    super('the worker is stopping');
  }
}

/** Another worker may have the task now. Nothing that this run does is recorded. */
export class ClaimLost extends StopReason {
  constructor() {
    super('the claim on the task was lost');
  }
}

/** The task was cancelled while it ran. It ends as cancelled, unless its handler finishes anyway. */
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

/** Aborts a run if its latest write under the claim shows that it is over. */
export function obey(state: ClaimState, abort: AbortController): void {
  if (state === 'lost') abort.abort(new ClaimLost());
  if (state === 'cancel-requested') abort.abort(new TaskCancelled());
}
