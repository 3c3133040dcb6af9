import { type Clock, isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import { dueIn } from '../../task-log/due-in.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { isFinal } from '../../task-log/status.ts';
import type {
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  OpenedChildren,
  Progress,
  PutBack,
} from '../../task-log/task-log.ts';
import type { DynamodbTable, Item } from '../table.ts';
import { updateOf } from '../update.ts';
import { claimed, holderOf } from './claimed.ts';
import { type DynamodbFamily, idsOf } from './family.ts';
import { DynamodbHeldTasks, HELD_BY_CLAIM } from './held-tasks.ts';
import { failureMark, type TaskItem, taskKey } from './items.ts';
import type { DynamodbParts } from './parts.ts';
import { refusedClaim } from './refused-claim.ts';

const CLAIMABLE =
  'attribute_not_exists(pk) OR #status = :enqueued OR (#status = :running AND leaseUntil < :now)';
/** Long enough to look through the open children of a parent. */
const SWEEP_LEASE_SECONDS = 60;
const UNLESS_CANCELLED = 'attribute_not_exists(cancelRequestedAt)';

export type ClaimsDeps = {
  readonly table: DynamodbTable;
  readonly expiry: Expiry;
  readonly parts: DynamodbParts;
  readonly family: DynamodbFamily;
  readonly clock: Clock;
  /** Does what follows from the end of a task for its family. */
  readonly followUp: (ended: TaskItem) => Promise<void>;
};

/** What workers write: every one of these updates is conditional on the claim. */
export class DynamodbClaims {
  readonly #deps: ClaimsDeps;
  readonly #held: DynamodbHeldTasks;

  constructor(deps: ClaimsDeps) {
    this.#deps = deps;
    this.#held = new DynamodbHeldTasks(deps);
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { table, clock, expiry, parts } = this.#deps;
    const now = clock.now();
    const result = await table.update({
      Key: taskKey(task.id),
      ...updateOf({
        ...claimed(task, request, { now, expiresAt: expiry.ofUnfinished }),
        condition: CLAIMABLE,
        values: { ':enqueued': 'enqueued', ':running': 'running', ':now': now },
      }),
    });
    if ('refused' in result) return this.#refused(task, request, result.refused as TaskItem);
    const { claims, snoozes = 0, ...before } = (result.before ?? {}) as Partial<TaskItem>;
    if (claims === undefined || claims === 1 || expiry.areParametersOld(task.createdAt))
      await parts.putParameters(task);
    const token = (claims ?? 0) + 1;
    return {
      outcome: 'claimed',
      claim: { taskId: task.id, token, attempt: token - snoozes },
      isCancelRequested: before.cancelRequestedAt !== undefined,
      hasChildren: before.hasChildren ?? false,
    };
  }

  async heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState> {
    const leaseUntil = this.#deps.clock.now() + leaseSeconds * 1000;
    return this.#held.update(claim, { set: { leaseUntil, ...(progress && { progress }) } });
  }

  async finish(claim: Claim, ending: Ending): Promise<boolean> {
    const { family, followUp } = this.#deps;
    // Only while the claim holds: the children may be those of the attempt that took it over.
    if (ending.sentChildren && (await this.heartbeat(claim, SWEEP_LEASE_SECONDS)) !== 'lost') {
      await family.closeUnsent(claim.taskId, ending.sentChildren);
    }
    const item = await this.#held.end(claim, await this.#changesOf(claim, ending));
    if (item) await followUp(item);
    return item !== undefined;
  }

  async putBack(
    claim: Claim,
    { usesAttempt, report, delaySeconds = 0 }: PutBack,
  ): Promise<ClaimState> {
    return this.#held.update(claim, {
      condition: `${HELD_BY_CLAIM} AND ${UNLESS_CANCELLED}`,
      set: {
        status: 'enqueued',
        expiresAt: this.#deps.expiry.ofUnfinished,
        ...dueIn(delaySeconds, this.#deps.clock),
        ...(report && (await this.#deps.parts.putReport(claim, report))),
      },
      add: { snoozes: usesAttempt ? 0 : 1 },
      remove: ['holder', 'leaseUntil'],
    });
  }

  async openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren> {
    const { family } = this.#deps;
    const { taskId, token } = claim;
    const state = await this.#held.update(claim, { set: { hasChildren: true } });
    if (state !== 'ok') return { state, toSend: new Set() };
    await family.open(taskId, childIds);
    if (await this.#isLost(claim)) {
      await this.#withdraw(taskId, childIds);
      return { state: 'lost', toSend: new Set() };
    }
    // Only an earlier attempt can have sent them: the id of a child follows from what it is to do.
    const sent = idsOf(token > 1 ? await family.closeEnded(taskId, childIds) : []);
    return { state, toSend: new Set(childIds.filter((id) => !sent.has(id))) };
  }

  async #isLost({ taskId, token }: Claim): Promise<boolean> {
    const item = await this.#read(taskId);
    return item?.status !== 'running' || item.claims !== token;
  }

  /**
   * Children that were opened too late must not hold up their parent: those that have ended are
   * closed. The others may be children of the attempt that took over, sent and not recorded yet.
   */
  async #withdraw(parentId: string, childIds: readonly string[]): Promise<void> {
    const { family, followUp } = this.#deps;
    await family.closeEnded(parentId, childIds);
    const parent = await this.#read(parentId);
    if (parent) await followUp(parent);
  }

  async #changesOf(claim: Claim, { status, report, file }: Ending): Promise<Item> {
    const { expiry, parts, clock } = this.#deps;
    return {
      status,
      file,
      ...failureMark(claim.taskId, status),
      finishedAt: isFinal(status) ? isoTime(clock.now()) : undefined,
      expiresAt: isFinal(status) ? expiry.ofEnded(status) : expiry.ofParts,
      ...(await parts.putReport(claim, report)),
    };
  }

  async #refused(task: Task, request: ClaimRequest, found: TaskItem): Promise<ClaimResult> {
    const answer = refusedClaim(found, holderOf(request), this.#deps.clock.now());
    // The answer that got lost may have been the one after which the parameters were due.
    if (answer.outcome === 'claimed') await this.#deps.parts.putParameters(task);
    // Whoever ended the task may have died before its family knew.
    if (answer.outcome === 'ended') await this.#deps.followUp(found);
    return answer;
  }

  async #read(taskId: string): Promise<TaskItem | undefined> {
    return (await this.#deps.table.get(taskKey(taskId))) as TaskItem | undefined;
  }
}
