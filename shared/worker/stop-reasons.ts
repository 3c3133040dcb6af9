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

/** The attempt took longer than the task's `timeoutSeconds`. It counts as failed. */
export class TaskTimedOut extends StopReason {
  constructor(timeoutSeconds: number) {
    super(`the attempt took longer than ${timeoutSeconds} s`);
  }
}
