import { type Clock, isoTime, systemClock } from '../../clock.ts';
import { LogUnavailableError } from '../../errors.ts';
import type { Task } from '../../task/task.ts';
import { Expiry } from '../../task-log/expiry.ts';
import { reopening } from '../../task-log/reopening.ts';
import type {
  Redrive,
  ReopenResult,
  Resends,
  RestartReadiness,
  StuckTask,
} from '../../task-log/resends.ts';
import { taskInRecord } from '../../task-log/task-in-record.ts';
import type { DynamodbTable } from '../table.ts';
import { updateOf } from '../update.ts';
import { summaryOf, type TaskItem, taskAttributes, taskKey } from './items.ts';
import { DynamodbParts } from './parts.ts';
import type { DynamodbTaskLogOptions } from './task-log.ts';

/** A task may begin, or end, between reading it and reopening it, but not for ever. */
const TRIES = 5;
const STUCK =
  '(#status = :enqueued OR (#status = :running AND leaseUntil < :now)) AND updatedAt < :since ' +
  'AND (attribute_not_exists(dueAt) OR dueAt < :since)';
/** Of the run before. */
const LEFT_OVERS = [
  ...['failedIn', 'finishedAt', 'cancelRequestedAt'],
  ...['holder', 'leaseUntil', 'progress', 'dueAt'],
];
const AS_READ = '#status = :status_read AND claims = :claims_read';

/** What is written of tasks that are sent once more. */
export class DynamodbResends implements Resends {
  readonly #deps: {
    readonly table: DynamodbTable;
    readonly expiry: Expiry;
    readonly parts: DynamodbParts;
    readonly clock: Clock;
  };

  /** @param options those of the task log */
  constructor(table: DynamodbTable, options: DynamodbTaskLogOptions) {
    const { retentionDays, clock = systemClock, files } = options;
    const expiry = new Expiry(retentionDays, clock);
    this.#deps = { table, expiry, clock, parts: new DynamodbParts(table, expiry, files) };
  }

  async reopen(task: Task, redrive: Redrive): Promise<ReopenResult> {
    for (let tries = 0; tries < TRIES; tries++) {
      const item = (await this.#deps.table.get(taskKey(task.id))) as TaskItem | undefined;
      const result = await (item ? this.#reopen(task, item, redrive) : this.#create(task, redrive));
      if (result) return result;
    }
    throw new LogUnavailableError('reopen', `task ${task.id} keeps changing its status`);
  }

  async prepareRestart({ id, since }: StuckTask): Promise<RestartReadiness> {
    const item = (await this.#deps.table.get(taskKey(id))) as TaskItem | undefined;
    if (!item || !this.#isStuck(item, isoTime(since))) return { outcome: 'moved-on' };
    const { queue, parametersAt } = item;
    const isElsewhere = parametersAt !== undefined;
    const parameters = isElsewhere ? null : await this.#deps.parts.parametersOf(item);
    if (parameters === undefined) return { outcome: 'parameters-lost' };
    const task = taskInRecord(summaryOf(item), parameters, parametersAt);
    return { outcome: 'ready', task, queue };
  }

  async noteRestart({ id, since }: StuckTask, queue: string): Promise<void> {
    const { table, clock, expiry } = this.#deps;
    const now = clock.now();
    await table.update({
      Key: taskKey(id),
      ...updateOf({
        set: { queue, updatedAt: isoTime(now), expiresAt: expiry.ofUnfinished },
        remove: ['dueAt'],
        condition: STUCK,
        values: {
          ':enqueued': 'enqueued',
          ':running': 'running',
          ':now': now,
          ':since': isoTime(since),
        },
      }),
    });
  }

  /** The condition `STUCK`, for an item that was read. */
  #isStuck({ status, leaseUntil = 0, updatedAt, dueAt = '' }: TaskItem, since: string): boolean {
    const isAbandoned = status === 'running' && leaseUntil < this.#deps.clock.now();
    return (status === 'enqueued' || isAbandoned) && updatedAt < since && dueAt < since;
  }

  /**
   * As if it had been claimed and put back: whoever has it now, or claimed it without writing that,
   * can no longer end it. Nothing when the task has changed since it was read.
   */
  async #reopen(task: Task, item: TaskItem, redrive: Redrive): Promise<ReopenResult | undefined> {
    const { table, clock, parts } = this.#deps;
    const { status, claims, leaseUntil = 0, redrives } = item;
    const isRepeated = redrives?.has(redrive.letterId) ?? false;
    const decided = reopening({ status, isLeased: leaseUntil >= clock.now(), isRepeated });
    if (decided.outcome !== 'reopened' || isRepeated) return decided;
    // They may have been about to expire.
    await parts.putParameters(task);
    const result = await table.update({
      Key: taskKey(task.id),
      ...updateOf({
        set: this.#waiting(redrive, claims + 1),
        add: { redrives: new Set([redrive.letterId]) },
        remove: LEFT_OVERS,
        condition: AS_READ,
        values: { ':status_read': status, ':claims_read': claims },
      }),
    });
    return 'refused' in result ? undefined : decided;
  }

  async #create(task: Task, redrive: Redrive): Promise<ReopenResult | undefined> {
    const { table, parts } = this.#deps;
    await parts.putParameters(task);
    const isNew = await table.putNew({
      ...taskKey(task.id),
      ...taskAttributes(task),
      ...this.#waiting(redrive, 1),
      redrives: new Set([redrive.letterId]),
    });
    return isNew ? { outcome: 'reopened' } : undefined;
  }

  #waiting({ queue }: Redrive, claims: number) {
    const { clock, expiry } = this.#deps;
    const updatedAt = isoTime(clock.now());
    const status = 'enqueued' as const;
    const expiresAt = expiry.ofUnfinished;
    return { queue, status, claims, snoozes: claims, updatedAt, expiresAt };
  }
}
