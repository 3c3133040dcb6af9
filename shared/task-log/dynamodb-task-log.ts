import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import {
  isInline,
  PARAMETERS,
  parametersFrom,
  reportFrom,
  reportSortKey,
  summaryOf,
  type TaskItem,
  taskAttributes,
  taskKey,
} from './dynamodb-items.ts';
import { countByStatus, listTasks } from './dynamodb-queries.ts';
import type { DynamodbTable } from './dynamodb-table.ts';
import { updateOf } from './dynamodb-update.ts';
import { isFinal, type TaskStatus } from './status.ts';
import type {
  Claim,
  ClaimRequest,
  ClaimResult,
  Ending,
  ListQuery,
  Progress,
  PutBack,
  TaskLog,
  TaskPage,
  TaskRecord,
  TaskSummary,
  UndecodableMessage,
} from './task-log.ts';
import { undecodableTask } from './undecodable-task.ts';

const DAY_SECONDS = 86_400;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const SQS_RETENTION_SECONDS = 14 * DAY_SECONDS;

const CLAIMABLE =
  'attribute_not_exists(pk) OR #status = :enqueued OR (#status = :running AND leaseUntil < :now)';
const HELD_BY_CLAIM = '#status = :running AND claims = :token';

/** Task log in one DynamoDB table. Its layout is drawn in docs/architecture.md. */
export class DynamodbTaskLog implements TaskLog {
  readonly #table: DynamodbTable;
  readonly #retentionSeconds: number;
  readonly #clock: Clock;

  constructor(table: DynamodbTable, retentionDays: number, clock: Clock = systemClock) {
    this.#table = table;
    this.#retentionSeconds = retentionDays * DAY_SECONDS;
    this.#clock = clock;
  }

  async recordEnqueued(task: Task, queue: string): Promise<void> {
    await this.#putParameters(task);
    await this.#table.putNew(this.#newItem(task, queue, 'enqueued'));
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    const item = this.#newItem(task, message.queue, 'unknown');
    await this.#table.putNew({ ...item, report: JSON.stringify(report) });
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
          expiresAt: this.#unfinishedExpiry(),
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
      if (answer.outcome === 'claimed') await this.#putParameters(task);
      return answer;
    }
    const { claims, snoozes = 0 } = (result.before ?? {}) as Partial<TaskItem>;
    if (claims === undefined) await this.#putParameters(task);
    const token = (claims ?? 0) + 1;
    return { outcome: 'claimed', claim: { taskId: task.id, token, attempt: token - snoozes } };
  }

  async heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<boolean> {
    const leaseUntil = this.#clock.now() + leaseSeconds * 1000;
    return this.#updateHeld(claim, { set: { leaseUntil, ...(progress && { progress }) } });
  }

  async finish(claim: Claim, { status, report }: Ending): Promise<boolean> {
    const changes = {
      status,
      finishedAt: isoTime(this.#clock.now()),
      expiresAt: this.#expiry(),
      ...(await this.#storeReport(claim, report)),
    };
    return this.#updateHeld(claim, { set: changes, remove: ['holder', 'leaseUntil', 'progress'] });
  }

  async putBack(claim: Claim, { usesAttempt, report }: PutBack): Promise<boolean> {
    return this.#updateHeld(claim, {
      set: {
        status: 'enqueued',
        expiresAt: this.#unfinishedExpiry(),
        ...(report && (await this.#storeReport(claim, report))),
      },
      add: { snoozes: usesAttempt ? 0 : 1 },
      remove: ['holder', 'leaseUntil'],
    });
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const item = (await this.#table.get(taskKey(taskId))) as TaskItem | undefined;
    if (!item) return undefined;
    const { parameters, report, reportAt } = item;
    const [parametersJson, reportJson] = await Promise.all([
      parameters ?? this.#part(taskId, PARAMETERS),
      report ?? (reportAt === undefined ? undefined : this.#part(taskId, reportAt)),
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

  countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    return countByStatus(this.#table, owner);
  }

  /** Updates the task while the claim holds, and takes the repetition of such an update for done. */
  async #updateHeld(
    claim: Claim,
    update: { set: Item; add?: Record<string, number>; remove?: readonly string[] },
  ): Promise<boolean> {
    const result = await this.#table.update({
      Key: taskKey(claim.taskId),
      ...updateOf({
        ...update,
        set: { ...update.set, updatedAt: isoTime(this.#clock.now()) },
        condition: HELD_BY_CLAIM,
        values: { ':running': 'running', ':token': claim.token },
      }),
    });
    if (!('refused' in result)) return true;
    const found = result.refused as TaskItem | undefined;
    return found?.claims === claim.token && found.status === update.set['status'];
  }

  async #putParameters({ id, parameters }: Task): Promise<void> {
    if (!isInline(parameters)) await this.#putPart(id, PARAMETERS, parameters);
  }

  async #storeReport({ taskId, token }: Claim, report: Report): Promise<Item> {
    if (isInline(report)) return { report: JSON.stringify(report), reportAt: undefined };
    await this.#putPart(taskId, reportSortKey(token), report);
    return { reportAt: reportSortKey(token), report: undefined };
  }

  async #putPart(taskId: string, sk: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value);
    // Whenever the task may still end, its parts outlive its record.
    const expiresAt = this.#unfinishedExpiry() + this.#retentionSeconds;
    await this.#table.put({ pk: taskId, sk, json, expiresAt });
  }

  async #part(taskId: string, sk: string): Promise<string | undefined> {
    const item = await this.#table.get({ pk: taskId, sk });
    return item?.['json'] as string | undefined;
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
      expiresAt: this.#unfinishedExpiry(),
    };
  }

  /** Not before SQS would drop the message itself. */
  #unfinishedExpiry(): number {
    const seconds = Math.max(this.#retentionSeconds, SQS_RETENTION_SECONDS);
    return Math.ceil(this.#clock.now() / 1000) + seconds;
  }

  #expiry(): number {
    return Math.ceil(this.#clock.now() / 1000) + this.#retentionSeconds;
  }
}

type Item = Record<string, unknown>;

/** Why a claim was refused; or that it was not, when only the answer to it got lost. */
function refusedClaim(found: TaskItem, holder: string, now: number): ClaimResult {
  const { sk: taskId, status, claims, snoozes, leaseUntil = now } = found;
  if (found.holder === holder) {
    return { outcome: 'claimed', claim: { taskId, token: claims, attempt: claims - snoozes } };
  }
  if (isFinal(status)) return { outcome: 'ended', status };
  return { outcome: 'held', forSeconds: Math.max(Math.ceil((leaseUntil - now + 1) / 1000), 1) };
}
