import { type Clock, isoTime, systemClock } from '../../clock.ts';
import { LogUnavailableError } from '../../errors.ts';
import type { Task } from '../../task/task.ts';
import { Expiry } from '../../task-log/expiry.ts';
import { taskInRecord } from '../../task-log/record.ts';
import {
  type PendingRedelivery,
  type Redrive,
  type RedriveResult,
  type RequeueReadiness,
  redriveOf,
  type StuckTask,
} from '../../task-log/redelivery.ts';
import type { DynamodbTable } from '../table.ts';
import { OF_CLAIM, summaryOfItem, type TaskItem, taskAttributes, taskKey } from './items.ts';
import { OverflowItems } from './overflow-items.ts';
import type { DynamodbTaskLogOptions } from './task-log.ts';
import { readTask, updateTask } from './update-task.ts';

/** A task may change its status between the read and the write, but not this often. */
const TRIES = 5;
const STUCK =
  '(#status = :enqueued OR (#status = :running AND leaseUntil < :now)) AND updatedAt < :since ' +
  'AND (attribute_not_exists(dueAt) OR dueAt < :since)';
/** Attributes of the previous run. */
const PREVIOUS_RUN: readonly (keyof TaskItem)[] = [
  'failedIn',
  'finishedAt',
  'cancelRequestedAt',
  'progress',
  'dueAt',
  ...OF_CLAIM,
];
const AS_READ = '#status = :status AND claims = :claims';

export class DynamodbRedelivery implements PendingRedelivery {
  readonly #deps: {
    readonly table: DynamodbTable;
    readonly expiry: Expiry;
    readonly overflow: OverflowItems;
    readonly clock: Clock;
  };

  /** @param options those of the task log */
  constructor(table: DynamodbTable, options: DynamodbTaskLogOptions) {
    const { retentionDays, clock = systemClock, files } = options;
    const expiry = new Expiry(retentionDays, clock);
    this.#deps = { table, expiry, clock, overflow: new OverflowItems(table, expiry, files) };
  }

  async redrive(task: Task, redrive: Redrive): Promise<RedriveResult> {
    for (let tries = 0; tries < TRIES; tries++) {
      const item = await readTask(this.#deps.table, task.id);
      const result = await (item
        ? this.#requeue(task, item, redrive)
        : this.#create(task, redrive));
      if (result) return result;
    }
    throw new LogUnavailableError('redrive', `task ${task.id} keeps changing its status`);
  }

  async prepareRequeue({ id, since }: StuckTask): Promise<RequeueReadiness> {
    const item = await readTask(this.#deps.table, id);
    if (!item || !this.#isStuck(item, isoTime(since))) return { outcome: 'moved-on' };
    const { queue, parametersAt } = item;
    const isElsewhere = parametersAt !== undefined;
    const parameters = isElsewhere ? null : await this.#deps.overflow.parametersOf(item);
    if (parameters === undefined) return { outcome: 'parameters-lost' };
    const task = taskInRecord(summaryOfItem(item), parameters, parametersAt);
    return { outcome: 'ready', task, queue };
  }

  async recordRequeue({ id, since }: StuckTask, queue: string): Promise<void> {
    const { table, clock, expiry } = this.#deps;
    const now = clock.now();
    await updateTask(table, id, {
      set: { queue, updatedAt: isoTime(now), expiresAt: expiry.ofUnfinished },
      remove: ['dueAt'],
      condition: STUCK,
      values: {
        ':enqueued': 'enqueued',
        ':running': 'running',
        ':now': now,
        ':since': isoTime(since),
      },
    });
  }

  /** The condition `STUCK`, for an item that was read. @param since ISO 8601 */
  #isStuck({ status, leaseUntil = 0, updatedAt, dueAt = '' }: TaskItem, since: string): boolean {
    const isAbandoned = status === 'running' && leaseUntil < this.#deps.clock.now();
    return (status === 'enqueued' || isAbandoned) && updatedAt < since && dueAt < since;
  }

  /**
   * Increments `claims`, so that an earlier claim can no longer end the task.
   * @returns `undefined` when the task has changed since it was read
   */
  async #requeue(task: Task, item: TaskItem, redrive: Redrive): Promise<RedriveResult | undefined> {
    const { table, clock, overflow } = this.#deps;
    const { status, claims, leaseUntil = 0, redrives } = item;
    const isRepeated = redrives?.has(redrive.letterId) ?? false;
    const answer = redriveOf({ status, isLeased: leaseUntil >= clock.now(), isRepeated });
    if (answer.outcome !== 'requeued' || isRepeated) return answer;
    // The stored ones may be about to expire.
    await overflow.putParameters(task);
    const result = await updateTask(table, task.id, {
      set: this.#waiting(redrive, claims + 1),
      add: { redrives: new Set([redrive.letterId]) },
      remove: PREVIOUS_RUN,
      condition: AS_READ,
      values: { ':status': status, ':claims': claims },
    });
    return 'refused' in result ? undefined : answer;
  }

  async #create(task: Task, redrive: Redrive): Promise<RedriveResult | undefined> {
    const { table, overflow } = this.#deps;
    await overflow.putParameters(task);
    const isNew = await table.putNew({
      ...taskKey(task.id),
      ...taskAttributes(task),
      ...this.#waiting(redrive, 1),
      redrives: new Set([redrive.letterId]),
    });
    return isNew ? { outcome: 'requeued' } : undefined;
  }

  #waiting({ queue }: Redrive, claims: number) {
    const { clock, expiry } = this.#deps;
    const updatedAt = isoTime(clock.now());
    const status = 'enqueued' as const;
    const expiresAt = expiry.ofUnfinished;
    return { queue, status, claims, snoozes: claims, updatedAt, expiresAt };
  }
}
