import { isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import { dueIn } from '../../task-log/record.ts';
import { isFinal, isStatusAfter, type TaskStatus } from '../../task-log/status.ts';
import type {
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  OpenedChildren,
  Requeue,
  TaskClaims,
  TaskProgress,
} from '../../task-log/task-log.ts';
import { type DynamodbChildren, idsOf } from './children.ts';
import { type ClaimDeps, claimTask } from './claim-task.ts';
import { type Attributes, failureMark, OF_CLAIM, type TaskItem } from './items.ts';
import { readTask, type UpdateParts, updateTask } from './update-task.ts';

/** The claim is still the latest one, and its task runs. */
const CLAIM_HOLDS = '#status = :running AND claims = :token';
const NOT_CANCELLED = 'attribute_not_exists(cancelRequestedAt)';
/** Long enough to read all open children of a parent. */
const CHILDREN_LEASE_SECONDS = 60;

export type ClaimsDeps = ClaimDeps & { readonly children: DynamodbChildren };

/** A write under a claim. */
type ClaimedUpdate = Pick<UpdateParts, 'add' | 'remove'> & {
  readonly set: Attributes;
  /** @default CLAIM_HOLDS */
  readonly condition?: string;
};

/** The task as it is after the write; or as it was found, when the condition did not hold. */
type Written = { readonly stored: TaskItem } | { readonly refused: TaskItem | undefined };

/**
 * The writes of workers. claim-task.ts takes a task. Every other write is conditional on the token of that
 * claim, so that a later claim voids an earlier one.
 *
 * The SDK sends a request again when its answer is lost. The item is changed already then, so the
 * repeated write is refused: `isRepeated` recognizes it, and the answer is the one that was lost.
 */
export class DynamodbClaims implements TaskClaims {
  readonly #deps: ClaimsDeps;

  constructor(deps: ClaimsDeps) {
    this.#deps = deps;
  }

  claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    return claimTask(task, request, this.#deps);
  }

  async heartbeat(
    claim: Claim,
    leaseSeconds: number,
    progress?: TaskProgress,
  ): Promise<ClaimState> {
    const leaseUntil = this.#deps.clock.now() + leaseSeconds * 1000;
    const set = progress ? { leaseUntil, progress } : { leaseUntil };
    return stateOf(await this.#update(claim, { set }));
  }

  async finish(claim: Claim, ending: Ending): Promise<boolean> {
    const { children, expiry, overflow, clock, propagate } = this.#deps;
    const { status, report, file, sentChildren } = ending;
    // Only if the claim still holds. Otherwise the children may belong to the attempt that took over.
    if (sentChildren && (await this.heartbeat(claim, CHILDREN_LEASE_SECONDS)) !== 'lost') {
      await children.closeUnsent(claim.taskId, sentChildren);
    }
    const written = await this.#update(claim, {
      set: {
        status,
        file,
        ...failureMark(claim.taskId, status),
        finishedAt: isFinal(status) ? isoTime(clock.now()) : undefined,
        expiresAt: isFinal(status) ? expiry.ofEnded(status) : expiry.ofOverflow,
        ...(await overflow.putReport(claim, report)),
      },
      remove: [...OF_CLAIM, 'progress', 'dueAt'],
    });
    if (!('stored' in written)) return false;
    await propagate(written.stored);
    return true;
  }

  async requeue(
    claim: Claim,
    { usesAttempt, report, delaySeconds = 0 }: Requeue,
  ): Promise<ClaimState> {
    const { expiry, overflow, clock } = this.#deps;
    // Without a report, that of the attempt before stays.
    const stored = report ? await overflow.putReport(claim, report) : {};
    const written = await this.#update(claim, {
      condition: `${CLAIM_HOLDS} AND ${NOT_CANCELLED}`,
      set: {
        status: 'enqueued',
        expiresAt: expiry.ofUnfinished,
        ...dueIn(delaySeconds, clock),
        ...stored,
      },
      add: { snoozes: usesAttempt ? 0 : 1 },
      remove: OF_CLAIM,
    });
    if ('stored' in written) return 'ok';
    return isClaimed(written.refused, claim) ? 'cancel-requested' : 'lost';
  }

  async openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren> {
    const { table, children } = this.#deps;
    const { taskId, token } = claim;
    const state = stateOf(await this.#update(claim, { set: { hasChildren: true } }));
    if (state !== 'ok') return { state, toSend: new Set() };
    await children.open(taskId, childIds);
    if (!isClaimed(await readTask(table, taskId), claim)) {
      await this.#withdraw(taskId, childIds);
      return { state: 'lost', toSend: new Set() };
    }
    // Only an earlier attempt can have sent them: a child's id is derived from its work.
    const sent = idsOf(token > 1 ? await children.closeEnded(taskId, childIds) : []);
    return { state, toSend: new Set(childIds.filter((id) => !sent.has(id))) };
  }

  /**
   * Closes those children that have ended, after they were opened too late: they must not hold up
   * their parent. The others may belong to the attempt that took over, sent and not recorded yet.
   */
  async #withdraw(parentId: string, childIds: readonly string[]): Promise<void> {
    const { table, children, propagate } = this.#deps;
    await children.closeEnded(parentId, childIds);
    const parent = await readTask(table, parentId);
    if (parent) await propagate(parent);
  }

  /** Writes while the claim holds. A repeated write counts as stored. */
  async #update(
    claim: Claim,
    { condition = CLAIM_HOLDS, ...update }: ClaimedUpdate,
  ): Promise<Written> {
    const { table, clock } = this.#deps;
    const { taskId, token } = claim;
    const set: Attributes = { ...update.set, updatedAt: isoTime(clock.now()) };
    const values = { ':running': 'running', ':token': token };
    const result = await updateTask(table, taskId, { ...update, set, condition, values });
    if (!('refused' in result)) return { stored: { ...result.before, ...set } as TaskItem };
    const found = result.refused;
    const status = set.status;
    return found && isRepeated(found, claim, status) ? { stored: found } : { refused: found };
  }
}

/**
 * Whether a refused write had been stored before: no later claim has the task, and its status is still
 * the one that the write gave it, or follows it. A write that keeps the status is not recognized.
 */
const isRepeated = (found: TaskItem, { token }: Claim, status: TaskStatus | undefined): boolean =>
  status !== undefined && found.claims === token && isStatusAfter(found.status, status);

const isClaimed = (item: TaskItem | undefined, { token }: Claim): boolean =>
  item?.status === 'running' && item.claims === token;

function stateOf(written: Written): ClaimState {
  if (!('stored' in written)) return 'lost';
  const { status, cancelRequestedAt } = written.stored;
  return status === 'running' && cancelRequestedAt !== undefined ? 'cancel-requested' : 'ok';
}
