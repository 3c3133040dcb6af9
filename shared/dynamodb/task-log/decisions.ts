import { inTurn } from '../../batches.ts';
import { type Clock, isoTime } from '../../clock.ts';
import { LogUnavailableError } from '../../errors.ts';
import { cancelledReport } from '../../task-log/cancelled-report.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { CATEGORY_BY_STATUS, isFinal } from '../../task-log/status.ts';
import type { ArchiveResult, CancelResult, DecisionOptions } from '../../task-log/task-log.ts';
import type { DynamodbTable, Item } from '../table.ts';
import { updateOf } from '../update.ts';
import type { DynamodbFamily } from './family.ts';
import { failureMark, type TaskItem, taskKey } from './items.ts';

/** A task may begin, or end, between reading it and deciding over it, but not for ever. */
const TRIES = 5;
/** Of the 50 connections that an SDK client has: heartbeats need some meanwhile. */
const CANCELLED_AT_ONCE = 20;

export type DecisionsDeps = {
  readonly table: DynamodbTable;
  readonly expiry: Expiry;
  readonly family: DynamodbFamily;
  readonly clock: Clock;
};

const UNHELD = { holder: undefined, leaseUntil: undefined, progress: undefined };

/** What to change of a task as it was found, or the answer when nothing is to change. */
type Step<Result> =
  | { readonly set: Item; readonly result: Result }
  | { readonly set?: never; readonly result: Result };

/** What people write: read the task, decide, and write on condition that it is still the same. */
export class DynamodbDecisions {
  readonly #deps: DecisionsDeps;

  constructor(deps: DecisionsDeps) {
    this.#deps = deps;
  }

  cancel(taskId: string, { force = false }: DecisionOptions = {}): Promise<CancelResult> {
    const now = isoTime(this.#deps.clock.now());
    return this.#decide<CancelResult>(taskId, 'cancel', (item) => {
      const { status } = item;
      if (isFinal(status)) return { result: { outcome: 'ended', status } };
      if (status !== 'enqueued' && !force) return { result: { outcome: 'in-progress', status } };
      if (status === 'running') {
        return { set: { cancelRequestedAt: now }, result: { outcome: 'requested' } };
      }
      return { set: this.#cancelled(item, now), result: { outcome: 'cancelled' } };
    });
  }

  archive(taskId: string, { force = false }: DecisionOptions = {}): Promise<ArchiveResult> {
    return this.#decide<ArchiveResult>(taskId, 'archive', (item) => {
      const { status, file } = item;
      const result = { outcome: 'archived', ...(file && { file }) } as const;
      if (status === 'archived') return { result };
      const isInProgress = CATEGORY_BY_STATUS[status] === 'in_progress';
      if (isInProgress && !force) return { result: { outcome: 'in-progress', status } };
      const expiresAt = this.#expiryOfArchived(item);
      const set = { status: 'archived', ...failureMark(taskId, 'archived'), ...UNHELD, expiresAt };
      return { set, result };
    });
  }

  #expiryOfArchived({ status, finishedAt }: TaskItem): number {
    const { expiry } = this.#deps;
    // While its message may still come, that must find the record.
    if (!isFinal(status)) return expiry.ofEndedEarly('archived');
    return finishedAt === undefined
      ? expiry.ofEnded('archived')
      : expiry.ofArchived(status, finishedAt);
  }

  /** Does what follows from the state of a task for its parents, and from its cancellation for its children. */
  async followUp(item: TaskItem): Promise<void> {
    await this.#deps.family.settle(item);
    const isCancelled = item.status === 'cancelled' || item.cancelRequestedAt !== undefined;
    if (!isCancelled || !item.hasChildren || item.status === 'completed') return;
    for await (const ids of this.#deps.family.openChildrenOf(item.sk)) {
      await inTurn(ids, CANCELLED_AT_ONCE, (id) => this.cancel(id, { force: true }));
    }
  }

  /** Of a task that waits for a worker, or for its children. */
  #cancelled({ sk, status }: TaskItem, finishedAt: string): Item {
    const report = { report: JSON.stringify(cancelledReport(sk)), reportAt: undefined };
    return {
      status: 'cancelled',
      finishedAt,
      expiresAt: this.#deps.expiry.ofEndedEarly('cancelled'),
      ...(status === 'enqueued' && report),
    };
  }

  async #decide<Result>(
    taskId: string,
    verb: string,
    decide: (item: TaskItem) => Step<Result>,
  ): Promise<Result | { outcome: 'unknown' }> {
    for (let tries = 0; tries < TRIES; tries++) {
      const item = (await this.#deps.table.get(taskKey(taskId))) as TaskItem | undefined;
      if (!item) return { outcome: 'unknown' };
      const { set, result } = decide(item);
      const decided = set ? await this.#update(item, set) : item;
      if (!decided) continue;
      // Also when it is as it should be: whoever made it so may have died before the family knew.
      await this.followUp(decided);
      return result;
    }
    throw new LogUnavailableError(verb, `task ${taskId} keeps changing its status`);
  }

  /** The task as it now is; nothing when it has changed since it was read. */
  async #update(item: TaskItem, changes: Item): Promise<TaskItem | undefined> {
    const set: Item = { ...changes, updatedAt: isoTime(this.#deps.clock.now()) };
    const result = await this.#deps.table.update({
      Key: taskKey(item.sk),
      ...updateOf({ set, condition: '#status = :expected', values: { ':expected': item.status } }),
    });
    return 'refused' in result ? undefined : ({ ...item, ...set } as TaskItem);
  }
}
