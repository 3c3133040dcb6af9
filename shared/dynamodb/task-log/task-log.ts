import { type Clock, isoTime, systemClock } from '../../clock.ts';
import type { StoredFiles } from '../../files/file-store.ts';
import type { Task } from '../../task/task.ts';
import { dueIn } from '../../task-log/due-in.ts';
import { Expiry, type RetentionDays } from '../../task-log/expiry.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskFilter } from '../../task-log/task-filter.ts';
import type {
  ArchiveResult,
  CancelResult,
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  DecisionOptions,
  Ending,
  Freshness,
  ListQuery,
  OpenedChildren,
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
} from '../../task-log/task-log.ts';
import { undecodableTask } from '../../task-log/undecodable-task.ts';
import type { DynamodbTable } from '../table.ts';
import { DynamodbClaims } from './claims.ts';
import { DynamodbDecisions } from './decisions.ts';
import { DynamodbFamily } from './family.ts';
import type { Inserts } from './insert-batcher.ts';
import { failureMark, summaryOf, type TaskItem, taskAttributes, taskKey } from './items.ts';
import { listTasks } from './list.ts';
import { DynamodbParts } from './parts.ts';
import { countByStatus, countTasks, visitTasks } from './queries.ts';

export type DynamodbTaskLogOptions = {
  /** Days that the record of an ended task is kept. */
  readonly retentionDays: RetentionDays;
  readonly clock?: Clock;
  /** Where parameters are that were too large for a message. */
  readonly files?: StoredFiles;
  /** Writes first records. @default one request for each */
  readonly inserts?: Inserts;
};

/** Task log in one DynamoDB table. Its layout is drawn in docs/architecture.md. */
export class DynamodbTaskLog implements TaskLog {
  readonly #table: DynamodbTable;
  readonly #inserts: Inserts;
  readonly #expiry: Expiry;
  readonly #parts: DynamodbParts;
  readonly #clock: Clock;
  readonly #claims: DynamodbClaims;
  readonly #decisions: DynamodbDecisions;

  constructor(table: DynamodbTable, options: DynamodbTaskLogOptions) {
    const { retentionDays, clock = systemClock, files, inserts = table } = options;
    const expiry = new Expiry(retentionDays, clock);
    const parts = new DynamodbParts(table, expiry, files);
    const family = new DynamodbFamily(table, expiry, clock);
    const deps = { table, expiry, parts, family, clock };
    this.#table = table;
    this.#inserts = inserts;
    this.#expiry = expiry;
    this.#parts = parts;
    this.#clock = clock;
    this.#decisions = new DynamodbDecisions(deps);
    this.#claims = new DynamodbClaims({
      ...deps,
      followUp: (item) => this.#decisions.followUp(item),
    });
  }

  async recordEnqueued(task: Task, queue: string, delaySeconds = 0): Promise<void> {
    await this.#parts.putParameters(task);
    const due = dueIn(delaySeconds, this.#clock);
    await this.#inserts.putNew({ ...this.#newItem(task, queue, 'enqueued'), ...due });
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    const item = this.#newItem(task, message.queue, 'unknown');
    const mark = failureMark(task.id, 'unknown');
    await this.#table.putNew({ ...item, ...mark, report: JSON.stringify(report) });
  }

  claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    return this.#claims.claim(task, request);
  }

  heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState> {
    return this.#claims.heartbeat(claim, leaseSeconds, progress);
  }

  finish(claim: Claim, ending: Ending): Promise<boolean> {
    return this.#claims.finish(claim, ending);
  }

  openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren> {
    return this.#claims.openChildren(claim, childIds);
  }

  putBack(claim: Claim, putBack: PutBack): Promise<ClaimState> {
    return this.#claims.putBack(claim, putBack);
  }

  cancel(taskId: string, options?: DecisionOptions): Promise<CancelResult> {
    return this.#decisions.cancel(taskId, options);
  }

  archive(taskId: string, options?: DecisionOptions): Promise<ArchiveResult> {
    return this.#decisions.archive(taskId, options);
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const item = (await this.#table.get(taskKey(taskId))) as TaskItem | undefined;
    if (!item) return undefined;
    const [parameters = null, report] = await Promise.all([
      this.#parts.parametersOf(item),
      this.#parts.reportOf(item),
    ]);
    return { ...summaryOf(item), parameters, ...(report && { report }) };
  }

  async getSummary(taskId: string, freshness: Freshness = 'now'): Promise<TaskSummary | undefined> {
    const key = taskKey(taskId);
    const item = await (freshness === 'soon' ? this.#table.getSoon(key) : this.#table.get(key));
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
