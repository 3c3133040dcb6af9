import { type Clock, isoTime } from '../../clock.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { isFinal, type TaskStatus } from '../../task-log/status.ts';
import type { Claim, ClaimState, UnwrittenClaim } from '../../task-log/task-log.ts';
import type { DynamodbTable, Item } from '../table.ts';
import { type HeldUpdate, updateOf } from '../update.ts';
import { claimed, holderOf } from './claimed.ts';
import { UNTOUCHED, withClaim } from './economy.ts';
import { type TaskItem, taskKey } from './items.ts';

export const HELD_BY_CLAIM = '#status = :running AND claims = :token';

export type HeldTasksDeps = {
  readonly table: DynamodbTable;
  readonly expiry: Expiry;
  readonly clock: Clock;
};

/** What workers write of the tasks they hold: every update is conditional on the claim. */
export class DynamodbHeldTasks {
  readonly #deps: HeldTasksDeps;
  /** Claims of economy mode that this process has written after all. */
  readonly #written = new WeakMap<UnwrittenClaim, Claim>();

  constructor(deps: HeldTasksDeps) {
    this.#deps = deps;
  }

  async update(claim: Claim, update: HeldUpdate): Promise<ClaimState> {
    const held = claim.unwritten ? await this.#writtenClaim(claim.unwritten) : claim;
    const item = held && (await this.#write(held, update));
    if (!item) return 'lost';
    const isRequested = item.cancelRequestedAt !== undefined && item.status === 'running';
    return isRequested ? 'cancel-requested' : 'ok';
  }

  /** Returns the task as it now is; nothing when the claim is lost. */
  end(claim: Claim, set: Item): Promise<TaskItem | undefined> {
    const changes = { set, remove: ['holder', 'leaseUntil', 'progress', 'dueAt'] };
    return this.#write(claim, claim.unwritten ? withClaim(claim.unwritten, changes) : changes);
  }

  /**
   * A claim that was saved is written after all: the task takes long, or has more to say. It is
   * written once, and never takes back what was put back, or what another worker has.
   */
  async #writtenClaim(unwritten: UnwrittenClaim): Promise<Claim | undefined> {
    const known = this.#written.get(unwritten);
    if (known) return known;
    const { table, expiry, clock } = this.#deps;
    const { task, request, startedAt } = unwritten;
    const times = { now: clock.now(), expiresAt: expiry.ofUnfinished, startedAt };
    const result = await table.update({
      Key: taskKey(task.id),
      ...updateOf({
        ...claimed(task, request, times),
        condition: UNTOUCHED,
        values: { ':enqueued': 'enqueued', ':none': 0 },
      }),
    });
    if ('refused' in result && !isOurs(result.refused as TaskItem | undefined, unwritten)) {
      return undefined;
    }
    const claim = { taskId: task.id, token: 1, attempt: 1 };
    this.#written.set(unwritten, claim);
    return claim;
  }

  /**
   * Updates the task while the claim holds, and takes the repetition of such an update for done.
   * @returns the task as it now is; nothing when the claim is lost
   */
  async #write(
    { taskId, token }: Claim,
    { condition = HELD_BY_CLAIM, values, ...update }: HeldUpdate,
  ): Promise<TaskItem | undefined> {
    const { table, clock } = this.#deps;
    const set: Item = { ...update.set, updatedAt: isoTime(clock.now()) };
    const result = await table.update({
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

/** The answer to an earlier write of it got lost; or the task is no longer anybody's. */
const isOurs = (found: TaskItem | undefined, { request }: UnwrittenClaim): boolean =>
  found?.claims === 1 && (found.status !== 'running' || found.holder === holderOf(request));

/** A parent may have ended since its own work was stored. */
const isRepeated = (found: TaskStatus, status: unknown): boolean =>
  found === status || (status === 'child_running' && isFinal(found));
