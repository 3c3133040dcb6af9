import type { Task } from '../../task/task.ts';
import type { ClaimRequest, ClaimResult, UnwrittenClaim } from '../../task-log/task-log.ts';
import type { HeldUpdate } from '../update.ts';
import { holderOf } from './claimed.ts';

/** In economy mode a task may end as it was enqueued. */
export const UNTOUCHED = '#status = :enqueued AND claims = :none';
const UNTOUCHED_OR_HELD = `(${UNTOUCHED}) OR (#status = :running AND claims = :token AND holder = :holder)`;

export const unwrittenClaim = (
  task: Task,
  request: ClaimRequest,
  startedAt: string,
): ClaimResult => ({
  outcome: 'claimed',
  claim: { taskId: task.id, token: 1, attempt: 1, unwritten: { task, request, startedAt } },
  isCancelRequested: false,
  hasChildren: false,
});

/** The end of a task whose claim was not written, with what the claim would have written. */
export const withClaim = (
  { request, startedAt }: UnwrittenClaim,
  { set, remove }: HeldUpdate & { remove: readonly string[] },
): HeldUpdate => ({
  set: { ...set, startedAt, queue: request.queue, claims: 1 },
  remove,
  condition: UNTOUCHED_OR_HELD,
  values: { ':enqueued': 'enqueued', ':none': 0, ':holder': holderOf(request) },
});
