import { type Clock, isoTime, systemClock } from '../clock.ts';
import { LogUnavailableError } from '../errors.ts';
import type { Task } from '../task/task.ts';
import { cancelledReport } from './cancelled-report.ts';
import { Expiry } from './dynamodb-expiry.ts';
import {
  failureMark,
  PARAMETERS,
  parametersFrom,
  reportFrom,
  summaryOf,
  type TaskItem,
  taskAttributes,
  taskKey,
} from './dynamodb-items.ts';
import { listTasks } from './dynamodb-list.ts';
import { DynamodbParts } from './dynamodb-parts.ts';
import { countByStatus, countTasks, visitTasks } from './dynamodb-queries.ts';
import { refusedClaim } from './dynamodb-refused-claim.ts';
import type { DynamodbTable } from './dynamodb-table.ts';
import { updateOf } from './dynamodb-update.ts';
import { isFinal, type TaskStatus } from './status.ts';
import type { TaskFilter } from './task-filter.ts';
import type {
  CancelResult,
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  ListQuery,
  Progress,
  PutBack,
  RecordsRead,
  TaskCount,
  TaskLog,
  TaskPage,
  TaskRecord,
  TaskSummary,
  UndecodableMessage,
  VisitedField,
} from './task-log.ts';
import { undecodableTask } from './undecodable-task.ts';

const CLAIMABLE =
  'attribute_not_exists(pk) OR #status = :enqueued OR (#status = :running AND leaseUntil < :now)';
const HELD_BY_CLAIM = '#status = :running AND claims = :token';
const UNLESS_CANCELLED = 'attribute_not_exists(cancelRequestedAt)';
/** A task may begin, or end, between the two writes of a cancellation, but not for ever. */
const CANCEL_TRIES = 5;

/** Task log in one DynamoDB table. Its layout is drawn in docs/architecture.md. */
export class DynamodbTaskLog implements TaskLog {
  readonly #table: DynamodbTable;
  readonly #expiry: Expiry;
  readonly #parts: DynamodbParts;
  readonly #clock: Clock;

  constructor(table: DynamodbTable, retentionDays: number, clock: Clock = systemClock) {
    this.#table = table;
    this.#expiry = new Expiry(retentionDays, clock);
    this.#parts = new DynamodbParts(table, this.#expiry);
    this.#clock = clock;
  }

  async recordEnqueued(task: Task, queue: string): Promise<void> {
    await this.#parts.putParameters(task);
    await this.#table.putNew(this.#newItem(task, queue, 'enqueued'));
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    const item = this.#newItem(task, message.queue, 'unknown');
    const mark = failureMark(task.id, 'unknown');
    await this.#table.putNew({ ...item, ...mark, report: JSON.stringify(report) });
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { queue, workerId, leaseSeconds, claimId } = request;
    const now = this.#clock.now();
    const holder = `${workerId}/${claimId}`;
    const result = await this.#table.update({
      Key: taskKey(task.id),
      ...updateOf({
        set: {
          queue,
          holder,
          status: 'running',
          leaseUntil: now + leaseSeconds * 1000,
          startedAt: isoTime(now),
          updatedAt: isoTime(now),
          expiresAt: this.#expiry.ofUnfinished,
        },
        setIfAbsent: { ...taskAttributes(task), snoozes: 0 },
        add: { claims: 1 },
        remove: ['progress'],
        condition: CLAIMABLE,
        values: { ':enqueued': 'enqueued', ':running': 'running', ':now': now },
      }),
    });
    if ('refused' in result) {
      const answer = refusedClaim(result.refused as TaskItem, holder, now);
      // The answer that got lost may have been the one after which the parameters were due.
      if (answer.outcome === 'claimed') await this.#parts.putParameters(task);
      return answer;
    }
    const { claims, snoozes = 0, cancelRequestedAt } = (result.before ?? {}) as Partial<TaskItem>;
    if (claims === undefined) await this.#parts.putParameters(task);
    const token = (claims ?? 0) + 1;
    const claim = { taskId: task.id, token, attempt: token - snoozes };
    return { outcome: 'claimed', claim, isCancelRequested: cancelRequestedAt !== undefined };
  }

  async heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState> {
    const leaseUntil = this.#clock.now() + leaseSeconds * 1000;
    return this.#updateHeld(claim, { set: { leaseUntil, ...(progress && { progress }) } });
  }

  async finish(claim: Claim, { status, report }: Ending): Promise<boolean> {
    const changes = {
      status,
      ...failureMark(claim.taskId, status),
      finishedAt: isoTime(this.#clock.now()),
      expiresAt: this.#expiry.ofEnded,
      ...(await this.#parts.putReport(claim, report)),
    };
    const remove = ['holder', 'leaseUntil', 'progress'];
    return (await this.#updateHeld(claim, { set: changes, remove })) !== 'lost';
  }

  async putBack(claim: Claim, { usesAttempt, report }: PutBack): Promise<ClaimState> {
    return this.#updateHeld(claim, {
      condition: `${HELD_BY_CLAIM} AND ${UNLESS_CANCELLED}`,
      set: {
        status: 'enqueued',
        expiresAt: this.#expiry.ofUnfinished,
        ...(report && (await this.#parts.putReport(claim, report))),
      },
      add: { snoozes: usesAttempt ? 0 : 1 },
      remove: ['holder', 'leaseUntil'],
    });
  }

  async cancel(taskId: string): Promise<CancelResult> {
    const report = JSON.stringify(cancelledReport(taskId));
    const finishedAt = isoTime(this.#clock.now());
    for (let tries = 0; tries < CANCEL_TRIES; tries++) {
      const ending = { status: 'cancelled', report, reportAt: undefined, finishedAt };
      const waiting = await this.#updateIf('enqueued', taskId, {
        ...ending,
        // Its message is still to come, and must find the record.
        expiresAt: this.#expiry.ofUnfinished,
      });
      if (waiting === 'updated') return { outcome: 'cancelled' };
      if (waiting === undefined) return { outcome: 'unknown' };
      if (isFinal(waiting.status)) return { outcome: 'ended', status: waiting.status };
      const running = await this.#updateIf('running', taskId, { cancelRequestedAt: finishedAt });
      if (running === 'updated') return { outcome: 'requested' };
    }
    throw new LogUnavailableError('cancel', `task ${taskId} keeps changing its status`);
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const item = (await this.#table.get(taskKey(taskId))) as TaskItem | undefined;
    if (!item) return undefined;
    const { parameters, report, reportAt } = item;
    const [parametersJson, reportJson] = await Promise.all([
      parameters ?? this.#parts.get(taskId, PARAMETERS),
      report ?? (reportAt === undefined ? undefined : this.#parts.get(taskId, reportAt)),
    ]);
    return {
      ...summaryOf(item),
      parameters: parametersJson === undefined ? null : parametersFrom(parametersJson),
      ...(reportJson === undefined ? {} : { report: reportFrom(reportJson) }),
    };
  }

  async getSummary(taskId: string): Promise<TaskSummary | undefined> {
    const item = await this.#table.get(taskKey(taskId));
    return item && summaryOf(item as TaskItem);
  }

  list(query: ListQuery): Promise<TaskPage> {
    return listTasks(this.#table, query);
  }

  count(filter: TaskFilter): Promise<TaskCount> {
    return countTasks(this.#table, filter);
  }

  visit<Field extends VisitedField>(
    filter: TaskFilter,
    fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead> {
    return visitTasks(this.#table, filter, fields, visitor);
  }

  countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    return countByStatus(this.#table, owner);
  }

  /** Updates the task while the claim holds, and takes the repetition of such an update for done. */
  async #updateHeld(
    claim: Claim,
    { condition = HELD_BY_CLAIM, ...update }: HeldUpdate,
  ): Promise<ClaimState> {
    const result = await this.#table.update({
      Key: taskKey(claim.taskId),
      ...updateOf({
        ...update,
        set: { ...update.set, updatedAt: isoTime(this.#clock.now()) },
        condition,
        values: { ':running': 'running', ':token': claim.token },
      }),
    });
    const found = ('refused' in result ? result.refused : result.before) as TaskItem | undefined;
    const isRequested = found?.status === 'running' && found.cancelRequestedAt !== undefined;
    if (found?.claims !== claim.token) return 'lost';
    if (isRequested) return 'cancel-requested';
    if (!('refused' in result)) return 'held';
    return found.status === update.set['status'] ? 'held' : 'lost';
  }

  /** Updates a task of this status, or returns it as it is; nothing if there is none. */
  async #updateIf(
    status: TaskStatus,
    taskId: string,
    set: Item,
  ): Promise<'updated' | TaskItem | undefined> {
    const result = await this.#table.update({
      Key: taskKey(taskId),
      ...updateOf({
        set: { ...set, updatedAt: isoTime(this.#clock.now()) },
        condition: '#status = :expected',
        values: { ':expected': status },
      }),
    });
    return 'refused' in result ? (result.refused as TaskItem | undefined) : 'updated';
  }

  #newItem(task: Task, queue: string, status: TaskStatus): TaskItem {
    return {
      ...taskKey(task.id),
      ...taskAttributes(task),
      queue,
      status,
      claims: 0,
      snoozes: 0,
      updatedAt: isoTime(this.#clock.now()),
      expiresAt: this.#expiry.ofUnfinished,
    };
  }
}

type Item = Record<string, unknown>;
type HeldUpdate = {
  readonly set: Item;
  readonly add?: Record<string, number>;
  readonly remove?: readonly string[];
  readonly condition?: string;
};
