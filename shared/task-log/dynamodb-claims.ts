import { type Clock, isoTime } from '../clock.ts';
import type { Task } from '../task/task.ts';
import { dueIn } from './due-in.ts';
import {
  type HeldUpdate,
  holderOf,
  UNTOUCHED,
  unwrittenClaim,
  withClaim,
} from './dynamodb-economy.ts';
import type { Expiry } from './dynamodb-expiry.ts';
import type { DynamodbFamily } from './dynamodb-family.ts';
import { failureMark, type TaskItem, taskAttributes, taskKey } from './dynamodb-items.ts';
import type { DynamodbParts } from './dynamodb-parts.ts';
import { refusedClaim } from './dynamodb-refused-claim.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';
import { updateOf } from './dynamodb-update.ts';
import { isFinal, type TaskStatus } from './status.ts';
import type {
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  OpenedChildren,
  Progress,
  PutBack,
  UnwrittenClaim,
} from './task-log.ts';

const CLAIMABLE =
  'attribute_not_exists(pk) OR #status = :enqueued OR (#status = :running AND leaseUntil < :now)';
const HELD_BY_CLAIM = '#status = :running AND claims = :token';
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
  readonly isEconomy: boolean;
};

/** What workers write: every one of these updates is conditional on the claim. */
export class DynamodbClaims {
  readonly #deps: ClaimsDeps;

  constructor(deps: ClaimsDeps) {
    this.#deps = deps;
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    if (this.#deps.isEconomy && request.isFirstDelivery && (await this.#isUntouched(task.id))) {
      return unwrittenClaim(task, request, isoTime(this.#deps.clock.now()));
    }
    return this.#writeClaim(task, request);
  }

  async #writeClaim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { table, clock, parts } = this.#deps;
    const holder = holderOf(request);
    const result = await table.update({
      Key: taskKey(task.id),
      ...updateOf({
        ...this.#claimed(task, request),
        condition: CLAIMABLE,
        values: { ':enqueued': 'enqueued', ':running': 'running', ':now': clock.now() },
      }),
    });
    if ('refused' in result) return this.#refused(task, result.refused as TaskItem, holder);
    const { claims, snoozes = 0, ...before } = (result.before ?? {}) as Partial<TaskItem>;
    if (claims === undefined) await parts.putParameters(task);
    const token = (claims ?? 0) + 1;
    return {
      outcome: 'claimed',
      claim: { taskId: task.id, token, attempt: token - snoozes },
      isCancelRequested: before.cancelRequestedAt !== undefined,
      hasChildren: before.hasChildren ?? false,
    };
  }

  #claimed(task: Task, request: ClaimRequest) {
    const { clock, expiry } = this.#deps;
    const now = clock.now();
    return {
      set: {
        queue: request.queue,
        holder: holderOf(request),
        status: 'running',
        leaseUntil: now + request.leaseSeconds * 1000,
        startedAt: isoTime(now),
        updatedAt: isoTime(now),
        expiresAt: expiry.ofUnfinished,
      },
      setIfAbsent: { ...taskAttributes(task), snoozes: 0 },
      add: { claims: 1 },
      remove: ['progress', 'dueAt'],
    };
  }

  async heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState> {
    const leaseUntil = this.#deps.clock.now() + leaseSeconds * 1000;
    return this.#updateHeld(claim, { set: { leaseUntil, ...(progress && { progress }) } });
  }

  async finish(claim: Claim, ending: Ending): Promise<boolean> {
    const { family, followUp } = this.#deps;
    // Only while the claim holds: the children may be those of the attempt that took it over.
    if (ending.sentChildren && (await this.heartbeat(claim, SWEEP_LEASE_SECONDS)) !== 'lost') {
      await family.closeUnsent(claim.taskId, ending.sentChildren);
    }
    const changes = {
      set: await this.#changesOf(claim, ending),
      remove: ['holder', 'leaseUntil', 'progress', 'dueAt'],
    };
    const item = await (claim.unwritten
      ? this.#write(claim, withClaim(claim.unwritten, changes))
      : this.#write(claim, changes));
    if (item) await followUp(item);
    return item !== undefined;
  }

  async putBack(
    claim: Claim,
    { usesAttempt, report, delaySeconds = 0 }: PutBack,
  ): Promise<ClaimState> {
    return this.#updateHeld(claim, {
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
    const state = await this.#updateHeld(claim, { set: { hasChildren: true } });
    if (state !== 'held') return { state, toSend: new Set() };
    await family.open(taskId, childIds);
    if (await this.#isOver(claim)) return { state: 'lost', toSend: new Set() };
    // Only an earlier attempt can have sent them: the id of a child follows from what it is to do.
    const sent = token > 1 ? await family.closeEnded(taskId, childIds) : new Set<string>();
    return { state, toSend: new Set(childIds.filter((id) => !sent.has(id))) };
  }

  /** Whether the claim was lost on the way. What was then opened too late must not hold up the task. */
  async #isOver({ taskId, token }: Claim): Promise<boolean> {
    const { table, family, followUp } = this.#deps;
    const item = (await table.get(taskKey(taskId))) as TaskItem | undefined;
    if (item?.status === 'running') return item.claims !== token;
    await family.closeUnsent(taskId, new Set());
    if (item) await followUp(item);
    return true;
  }

  async #changesOf(claim: Claim, { status, report, file }: Ending): Promise<Item> {
    const { expiry, parts, clock } = this.#deps;
    return {
      status,
      file,
      ...failureMark(claim.taskId, status),
      finishedAt: isFinal(status) ? isoTime(clock.now()) : undefined,
      expiresAt: isFinal(status) ? expiry.ofEnded(status) : expiry.ofUnfinished,
      ...(await parts.putReport(claim, report)),
    };
  }

  async #refused(task: Task, found: TaskItem, holder: string): Promise<ClaimResult> {
    const answer = refusedClaim(found, holder, this.#deps.clock.now());
    // The answer that got lost may have been the one after which the parameters were due.
    if (answer.outcome === 'claimed') await this.#deps.parts.putParameters(task);
    // Whoever ended the task may have died before its family knew.
    if (answer.outcome === 'ended') await this.#deps.followUp(found);
    return answer;
  }

  /** A read costs a fifth of a write. */
  async #isUntouched(taskId: string): Promise<boolean> {
    const item = (await this.#deps.table.get(taskKey(taskId))) as TaskItem | undefined;
    return item?.status === 'enqueued' && item.claims === 0 && !item.hasCopies;
  }

  async #updateHeld(claim: Claim, update: HeldUpdate): Promise<ClaimState> {
    const held = claim.unwritten ? await this.#written(claim.unwritten) : claim;
    const item = held && (await this.#write(held, update));
    if (!item) return 'lost';
    const isRequested = item.cancelRequestedAt !== undefined && item.status === 'running';
    return isRequested ? 'cancel-requested' : 'held';
  }

  /**
   * A claim that was saved is written after all: the task takes long, or has more to say. It is
   * written once, and never takes back what was put back, or what another worker has.
   */
  async #written({ task, request }: UnwrittenClaim): Promise<Claim | undefined> {
    const claim = { taskId: task.id, token: 1, attempt: 1 };
    const result = await this.#deps.table.update({
      Key: taskKey(task.id),
      ...updateOf({
        ...this.#claimed(task, request),
        condition: UNTOUCHED,
        values: { ':enqueued': 'enqueued', ':none': 0 },
      }),
    });
    if (!('refused' in result)) return claim;
    const found = result.refused as TaskItem | undefined;
    const isOurs = found?.status !== 'running' || found.holder === holderOf(request);
    return found?.claims === 1 && isOurs ? claim : undefined;
  }

  /**
   * Updates the task while the claim holds, and takes the repetition of such an update for done.
   * @returns the task as it now is; nothing when the claim is lost
   */
  async #write(
    { taskId, token }: Claim,
    { condition = HELD_BY_CLAIM, values, ...update }: HeldUpdate,
  ): Promise<TaskItem | undefined> {
    const set: Item = { ...update.set, updatedAt: isoTime(this.#deps.clock.now()) };
    const result = await this.#deps.table.update({
      Key: taskKey(taskId),
      ...updateOf({
        ...update,
        set,
        condition,
        values: { ':running': 'running', ':token': token, ...values },
      }),
    });
    if (!('refused' in result)) return { ...result.before, ...set } as TaskItem;
    const found = result.refused as TaskItem | undefined;
    if (found?.claims !== token) return undefined;
    const isPutBack = set['status'] === 'enqueued';
    const isCancelled = found.status === 'running' && found.cancelRequestedAt !== undefined;
    return (isPutBack && isCancelled) || isRepeated(found.status, set['status'])
      ? found
      : undefined;
  }
}

/** A parent may have ended since its own work was stored. */
const isRepeated = (found: TaskStatus, status: unknown): boolean =>
  found === status || (status === 'child_running' && isFinal(found));
