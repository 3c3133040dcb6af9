import { type Clock, isoTime } from '../../clock.ts';
import { isFinal, type TaskStatus } from '../../task-log/status.ts';
import type { Claim, ClaimState } from '../../task-log/task-log.ts';
import type { DynamodbTable, Item } from '../table.ts';
import { type HeldUpdate, updateOf } from '../update.ts';
import { type TaskItem, taskKey } from './items.ts';

export const HELD_BY_CLAIM = '#status = :running AND claims = :token';

export type HeldTasksDeps = {
  readonly table: DynamodbTable;
  readonly clock: Clock;
};

/** What workers write of the tasks they hold: every update is conditional on the claim. */
export class DynamodbHeldTasks {
  readonly #deps: HeldTasksDeps;

  constructor(deps: HeldTasksDeps) {
    this.#deps = deps;
  }

  async update(claim: Claim, update: HeldUpdate): Promise<ClaimState> {
    const item = await this.#write(claim, update);
    if (!item) return 'lost';
    const isRequested = item.cancelRequestedAt !== undefined && item.status === 'running';
    return isRequested ? 'cancel-requested' : 'ok';
  }

  /** Returns the task as it now is; nothing when the claim is lost. */
  end(claim: Claim, set: Item): Promise<TaskItem | undefined> {
    return this.#write(claim, { set, remove: ['holder', 'leaseUntil', 'progress', 'dueAt'] });
  }

  /**
   * Updates the task while the claim holds, and takes the repetition of such an update for done.
   * @returns the task as it now is; nothing when the claim is lost
   */
  async #write(
    { taskId, token }: Claim,
    { condition = HELD_BY_CLAIM, ...update }: HeldUpdate,
  ): Promise<TaskItem | undefined> {
    const { table, clock } = this.#deps;
    const set: Item = { ...update.set, updatedAt: isoTime(clock.now()) };
    const result = await table.update({
      Key: taskKey(taskId),
      ...updateOf({
        ...update,
        set,
        condition,
        values: { ':running': 'running', ':token': token },
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
