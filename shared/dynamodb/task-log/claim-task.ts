import { type Clock, isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { isFinal } from '../../task-log/status.ts';
import type { ClaimRequest, ClaimResult } from '../../task-log/task-log.ts';
import type { DynamodbTable } from '../table.ts';
import { type TaskItem, taskAttributes } from './items.ts';
import type { OverflowItems } from './overflow-items.ts';
import { updateTask } from './update-task.ts';

/** A task that has no record, that waits, or whose worker's lease has ended. */
const CLAIMABLE =
  'attribute_not_exists(pk) OR #status = :enqueued OR (#status = :running AND leaseUntil < :now)';

export type ClaimDeps = {
  readonly table: DynamodbTable;
  readonly expiry: Expiry;
  readonly overflow: OverflowItems;
  readonly clock: Clock;
  /** Updates the parents of a task that has ended, and cancels the children of a cancelled one. */
  readonly propagate: (item: TaskItem) => Promise<void>;
};

/**
 * Takes the task for a worker with one conditional write. It increments `claims`, which becomes the
 * token of this claim: claims.ts writes nothing under an older one.
 */
export async function claimTask(
  task: Task,
  request: ClaimRequest,
  deps: ClaimDeps,
): Promise<ClaimResult> {
  const { table, clock, expiry, overflow } = deps;
  const now = clock.now();
  const holder = holderOf(request);
  const written = await updateTask(table, task.id, {
    condition: CLAIMABLE,
    values: { ':enqueued': 'enqueued', ':running': 'running', ':now': now },
    set: {
      queue: request.queue,
      holder,
      status: 'running',
      leaseUntil: now + request.leaseSeconds * 1000,
      startedAt: isoTime(now),
      updatedAt: isoTime(now),
      expiresAt: expiry.ofUnfinished,
    },
    // The whole record, when the enqueuer could not write it.
    setIfAbsent: { ...taskAttributes(task), snoozes: 0 },
    add: { claims: 1 },
    remove: ['progress', 'dueAt'],
  });
  if ('refused' in written) return answerRefused(task, holder, written.refused as TaskItem, deps);
  const { before } = written;
  await overflow.restoreParameters(task, before?.claims);
  return claimed(task.id, { ...before, claims: (before?.claims ?? 0) + 1 });
}

/** Why the write was refused: the task has ended, this claim was stored before, or a worker has it. */
async function answerRefused(
  task: Task,
  holder: string,
  found: TaskItem,
  { overflow, propagate, clock }: ClaimDeps,
): Promise<ClaimResult> {
  const { status, leaseUntil = 0 } = found;
  if (isFinal(status) || status === 'child_running') {
    // The worker that ended the task may have died before it told parent and children.
    await propagate(found);
    return { outcome: 'ended', status };
  }
  if (found.holder === holder) {
    // The SDK repeated this claim because the answer got lost, maybe before parameters were stored.
    await overflow.putParameters(task);
    return claimed(task.id, found);
  }
  const remainingMs = leaseUntil - clock.now();
  return { outcome: 'busy', forSeconds: Math.max(Math.ceil((remainingMs + 1) / 1000), 1) };
}

const holderOf = ({ workerId, claimId }: ClaimRequest): string => `${workerId}/${claimId}`;

type ClaimedItem = Pick<TaskItem, 'claims'> & Partial<TaskItem>;

const claimed = (taskId: string, item: ClaimedItem): ClaimResult => ({
  outcome: 'claimed',
  claim: { taskId, token: item.claims, attempt: item.claims - (item.snoozes ?? 0) },
  isCancelRequested: item.cancelRequestedAt !== undefined,
  hasChildren: item.hasChildren ?? false,
});
