import { inTurn } from '../../batches.ts';
import { type Clock, isoTime } from '../../clock.ts';
import { LogUnavailableError } from '../../errors.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { cancelledReport } from '../../task-log/record.ts';
import { CATEGORY_BY_STATUS, isFinal } from '../../task-log/status.ts';
import type {
  ArchiveResult,
  CancelResult,
  CommandOptions,
  TaskCommands,
} from '../../task-log/task-log.ts';
import type { DynamodbTable } from '../table.ts';
import type { DynamodbChildren } from './children.ts';
import { type Attributes, failureMark, OF_CLAIM, type TaskItem } from './items.ts';
import { readTask, updateTask } from './update-task.ts';

/** A task may change its status between a command's read and its write, but not this often. */
const TRIES = 5;
/** Parallel cancellations. An SDK client has 50 connections, and heartbeats need some of them. */
const CANCELLED_AT_ONCE = 20;

export type CommandsDeps = {
  readonly table: DynamodbTable;
  readonly expiry: Expiry;
  readonly children: DynamodbChildren;
  readonly clock: Clock;
};

/** An archived or cancelled task has no worker. */
const NO_WORKER: Attributes = {
  progress: undefined,
  ...Object.fromEntries(OF_CLAIM.map((name) => [name, undefined])),
};

/** The answer of a command, with what to write, if anything. */
type Step<Result> =
  | { readonly set: Attributes; readonly result: Result }
  | { readonly set?: never; readonly result: Result };

/** Reads the task, decides, and writes on the condition that its status is still the same. */
export class DynamodbCommands implements TaskCommands {
  readonly #deps: CommandsDeps;

  constructor(deps: CommandsDeps) {
    this.#deps = deps;
  }

  cancel(taskId: string, { force = false }: CommandOptions = {}): Promise<CancelResult> {
    const now = isoTime(this.#deps.clock.now());
    return this.#execute<CancelResult>(taskId, 'cancel', (item) => {
      const { status } = item;
      if (isFinal(status)) return { result: { outcome: 'ended', status } };
      if (status !== 'enqueued' && !force) return { result: { outcome: 'in-progress', status } };
      if (status === 'running') {
        return { set: { cancelRequestedAt: now }, result: { outcome: 'requested' } };
      }
      return { set: this.#cancelled(item, now), result: { outcome: 'cancelled' } };
    });
  }

  archive(taskId: string, { force = false }: CommandOptions = {}): Promise<ArchiveResult> {
    return this.#execute<ArchiveResult>(taskId, 'archive', (item) => {
      const { status, file } = item;
      const result = { outcome: 'archived', file } as const;
      if (status === 'archived') return { result };
      const isInProgress = CATEGORY_BY_STATUS[status] === 'in_progress';
      if (isInProgress && !force) return { result: { outcome: 'in-progress', status } };
      const expiresAt = this.#expiryOfArchived(item);
      const set: Attributes = {
        status: 'archived',
        ...failureMark(taskId, 'archived'),
        ...NO_WORKER,
        expiresAt,
      };
      return { set, result };
    });
  }

  #expiryOfArchived({ status, finishedAt }: TaskItem): number {
    const { expiry } = this.#deps;
    // Its message may still be delivered, and must find the record then.
    if (!isFinal(status)) return expiry.ofEndedEarly('archived');
    return finishedAt === undefined
      ? expiry.ofEnded('archived')
      : expiry.ofArchived(status, finishedAt);
  }

  /** Updates the parents of a task that has ended, and cancels the open children of a cancelled one. */
  async propagate(item: TaskItem): Promise<void> {
    const { children } = this.#deps;
    await children.updateParents(item);
    const isCancelled = item.status === 'cancelled' || item.cancelRequestedAt !== undefined;
    if (!isCancelled || !item.hasChildren || item.status === 'completed') return;
    for await (const ids of children.openChildrenOf(item.sk)) {
      await inTurn(ids, CANCELLED_AT_ONCE, (id) => this.cancel(id, { force: true }));
    }
  }

  /** Returns the attributes of a task that waited for a worker or for its children. */
  #cancelled({ sk, status }: TaskItem, finishedAt: string): Attributes {
    const report =
      status === 'enqueued'
        ? { report: JSON.stringify(cancelledReport(sk)), reportAt: undefined }
        : {};
    return {
      status: 'cancelled',
      finishedAt,
      expiresAt: this.#deps.expiry.ofEndedEarly('cancelled'),
      ...report,
    };
  }

  async #execute<Result>(
    taskId: string,
    verb: string,
    decide: (item: TaskItem) => Step<Result>,
  ): Promise<Result | { outcome: 'unknown' }> {
    for (let tries = 0; tries < TRIES; tries++) {
      const item = await readTask(this.#deps.table, taskId);
      if (!item) return { outcome: 'unknown' };
      const { set, result } = decide(item);
      const decided = set ? await this.#update(item, set) : item;
      if (!decided) continue;
      // Also when nothing changed: an earlier command may have died before it did this.
      await this.propagate(decided);
      return result;
    }
    throw new LogUnavailableError(verb, `task ${taskId} keeps changing its status`);
  }

  /** @returns the task as it is now; `undefined` when its status has changed since it was read */
  async #update(item: TaskItem, changes: Attributes): Promise<TaskItem | undefined> {
    const set: Attributes = { ...changes, updatedAt: isoTime(this.#deps.clock.now()) };
    const result = await updateTask(this.#deps.table, item.sk, {
      set,
      condition: '#status = :expected',
      values: { ':expected': item.status },
    });
    return 'refused' in result ? undefined : ({ ...item, ...set } as TaskItem);
  }
}
