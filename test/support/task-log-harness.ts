import { randomUUID } from 'node:crypto';
import type { FileStore } from '../../shared/files/file-store.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { PendingRedelivery } from '../../shared/task-log/redelivery.ts';
import type { Claim, TaskLog } from '../../shared/task-log/task-log.ts';
import type { ManualClock } from './manual-clock.ts';

export type TaskLogHarness = {
  readonly log: TaskLog;
  /** Pending redelivery of the same records. */
  readonly redelivery: PendingRedelivery;
  readonly clock: ManualClock;
  /** Where the log looks for parameters that are not in it. */
  readonly files: FileStore;
};

/** A claim of its own each time. */
export const aClaim = (workerId = 'worker-1') => ({
  queue: 'priority',
  workerId,
  leaseSeconds: 60,
  claimId: randomUUID(),
});

/** Claims a task that nobody holds. */
export async function claimed(log: TaskLog, task: Task, workerId?: string): Promise<Claim> {
  const result = await log.claim(task, aClaim(workerId));
  if (result.outcome !== 'claimed') throw new Error(`the claim was answered ${result.outcome}`);
  return result.claim;
}

/** How a task ends when all goes well. */
export const done = { status: 'completed', report: Report.success('Exported') } as const;
