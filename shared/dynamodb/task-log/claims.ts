import { type Clock, isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
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
import type { DynamodbTable, Item } from '../table.ts';
import { type DynamodbChildren, idsOf } from './children.ts';
import {
  failureMark,
  readTask,
  type TaskItem,
  taskAttributes,
  type UpdateParts,
  updateTask,
} from './items.ts';
import type { OverflowItems } from './overflow-items.ts';

/** A task that has no record, that waits, or whose worker's lease has ended. */
const CLAIMABLE =
  'attribute_not_exists(pk) OR #status = :enqueued OR (#status = :running AND leaseUntil < :now)';
/** The claim is still the latest one, and its task runs. */
const CLAIM_HOLDS = '#status = :running AND claims = :token';
const NOT_CANCELLED = 'attribute_not_exists(cancelRequestedAt)';
/** Long enough to read all open children of a parent. */
const CHILDREN_LEASE_SECONDS = 60;

export type ClaimsDeps = {
  readonly table: DynamodbTable;
  readonly expiry: Expiry;
  readonly overflow: OverflowItems;
  readonly children: DynamodbChildren;
  readonly clock: Clock;
  /** Updates the parents of a task that has ended, and cancels the children of a cancelled one. */
  readonly propagate: (item: TaskItem) => Promise<void>;
};

/** A write under a claim. */
type ClaimedUpdate = Pick<UpdateParts, 'add' | 'remove'> & {
  readonly set: Item;
  /** @default CLAIM_HOLDS */
  readonly condition?: string;
};

/** The task as it is after the write; or as it was found, when the condition did not hold. */
type Written = { readonly stored: TaskItem } | { readonly refused: TaskItem | undefined };

/**
 * The writes of workers. `claim` takes a task and increments `claims`, which becomes the claim's token.
 * Every other write is conditional on that token, so that a later claim voids an earlier one.
 *
 * The SDK sends a request again when its answer is lost. The item is changed already then, so the
 * repeated write is refused: `isRepeated` recognizes it, and the answer is the one that was lost.
 */
export class DynamodbClaims implements TaskClaims {
  readonly #deps: ClaimsDeps;

  constructor(deps: ClaimsDeps) {
    this.#deps = deps;
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { table, clock, expiry, overflow } = this.#deps;
    const now = clock.now();
    const holder = `${request.workerId}/${request.claimId}`;
    const result = await updateTask(table, task.id, {
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
      condition: CLAIMABLE,
      values: { ':enqueued': 'enqueued', ':running': 'running', ':now': now },
    });
    if ('refused' in result) return this.#refusal(task, holder, result.refused as TaskItem);
    const { claims: before, ...item } = (result.before ?? {}) as Partial<TaskItem>;
    // The enqueuer stores large parameters before the record, so that with 0 claims they are there.
    // A worker that wrote the record may have died before it stored them. They may also expire soon.
    const mayLackParameters = before === undefined || before === 1;
    if (mayLackParameters || expiry.areParametersOld(task.createdAt)) {
      await overflow.putParameters(task);
    }
    return claimedResult(task.id, { ...item, claims: (before ?? 0) + 1 });
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
      remove: ['holder', 'leaseUntil', 'progress', 'dueAt'],
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
      remove: ['holder', 'leaseUntil'],
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

  async #refusal(task: Task, holder: string, found: TaskItem): Promise<ClaimResult> {
    const { overflow, propagate, clock } = this.#deps;
    const { status, leaseUntil } = found;
    if (isRepeated(found, { holder, status: 'running' })) {
      // The first request may have died before it stored the parameters.
      await overflow.putParameters(task);
      return claimedResult(task.id, found);
    }
    if (isFinal(status) || status === 'child_running') {
      // The worker that ended the task may have died before it told parent and children.
      await propagate(found);
      return { outcome: 'ended', status };
    }
    const remainingMs = (leaseUntil ?? 0) - clock.now();
    return { outcome: 'busy', forSeconds: Math.max(Math.ceil((remainingMs + 1) / 1000), 1) };
  }

  /** Writes while the claim holds. A repeated write counts as stored. */
  async #update(
    { taskId, token }: Claim,
    { condition = CLAIM_HOLDS, ...update }: ClaimedUpdate,
  ): Promise<Written> {
    const { table, clock } = this.#deps;
    const set: Item = { ...update.set, updatedAt: isoTime(clock.now()) };
    const values = { ':running': 'running', ':token': token };
    const result = await updateTask(table, taskId, { ...update, set, condition, values });
    if (!('refused' in result)) return { stored: { ...result.before, ...set } as TaskItem };
    const found = result.refused;
    const status = set['status'] as TaskStatus | undefined;
    return found && isRepeated(found, { token, status }) ? { stored: found } : { refused: found };
  }
}

/**
 * Whether a refused write had been stored before. A claim is recognized by its holder, any later write
 * by its token; the task must still have the status that the write gave it.
 */
const isRepeated = (
  found: TaskItem,
  { holder, token, status }: { holder?: string; token?: number; status: TaskStatus | undefined },
): boolean =>
  status !== undefined &&
  (holder === undefined ? found.claims === token : found.holder === holder) &&
  isStatusAfter(found.status, status);

const isClaimed = (item: TaskItem | undefined, { token }: Claim): boolean =>
  item?.status === 'running' && item.claims === token;

function stateOf(written: Written): ClaimState {
  if (!('stored' in written)) return 'lost';
  const { status, cancelRequestedAt } = written.stored;
  return status === 'running' && cancelRequestedAt !== undefined ? 'cancel-requested' : 'ok';
}

const claimedResult = (
  taskId: string,
  item: Partial<TaskItem> & Pick<TaskItem, 'claims'>,
): ClaimResult => ({
  outcome: 'claimed',
  claim: { taskId, token: item.claims, attempt: item.claims - (item.snoozes ?? 0) },
  isCancelRequested: item.cancelRequestedAt !== undefined,
  hasChildren: item.hasChildren ?? false,
});
