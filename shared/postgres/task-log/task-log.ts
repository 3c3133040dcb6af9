import { type Clock, isoTime, systemClock } from '../../clock.ts';
import type { StoredFiles } from '../../files/file-store.ts';
import { readParameters } from '../../files/payloads.ts';
import type { Report } from '../../report/report.ts';
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
import type { SqlDatabase } from '../sql.ts';
import { PostgresClaims } from './claims.ts';
import { PostgresDecisions } from './decisions.ts';
import { PostgresFamily } from './family.ts';
import {
  SUMMARY_COLUMNS,
  type SummaryRow,
  summaryOf,
  TASK_COLUMNS,
  TASK_PLACES,
  type TaskRow,
  taskValues,
} from './rows.ts';
import { countByStatus, countTasks, listTasks, visitTasks } from './search.ts';

export type PostgresTaskLogOptions = {
  /** Days that the record of an ended task is kept. */
  readonly retentionDays: RetentionDays;
  readonly clock?: Clock;
  /** Where parameters are that were too large for a message. */
  readonly files?: StoredFiles;
};

/** Task log in PostgreSQL: one row a task. What follows from its end is in the same transaction. */
export class PostgresTaskLog implements TaskLog {
  readonly #database: SqlDatabase;
  readonly #expiry: Expiry;
  readonly #clock: Clock;
  readonly #files: StoredFiles | undefined;
  readonly #claims: PostgresClaims;
  readonly #decisions: PostgresDecisions;

  constructor(database: SqlDatabase, options: PostgresTaskLogOptions) {
    const { retentionDays, clock = systemClock, files } = options;
    const expiry = new Expiry(retentionDays, clock);
    const family = new PostgresFamily(clock, expiry);
    const deps = { database, family, expiry, clock };
    this.#database = database;
    this.#expiry = expiry;
    this.#clock = clock;
    this.#files = files;
    this.#decisions = new PostgresDecisions(deps);
    this.#claims = new PostgresClaims({
      ...deps,
      cancelChildren: (parentId) => this.#decisions.cancelChildren(parentId),
    });
  }

  recordEnqueued(task: Task, queue: string, delaySeconds = 0): Promise<void> {
    return this.#insert(task, queue, 'enqueued', dueIn(delaySeconds, this.#clock));
  }

  recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    return this.#insert(task, message.queue, 'unknown', { report });
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
    const [row] = await this.#database.query<TaskRow>({
      text: `select ${SUMMARY_COLUMNS}, parameters, parameters_at, report from task_queue.task_log where id = $1`,
      values: [taskId],
    });
    if (!row) return undefined;
    const { parameters_at: at, report } = row;
    const parameters = at === null ? row.parameters : await readParameters(at, this.#files);
    return { ...summaryOf(row), parameters: parameters ?? null, ...(report && { report }) };
  }

  async getSummary(taskId: string): Promise<TaskSummary | undefined> {
    const [row] = await this.#database.query<SummaryRow>({
      text: `select ${SUMMARY_COLUMNS} from task_queue.task_log where id = $1`,
      values: [taskId],
    });
    return row && summaryOf(row);
  }

  list(query: ListQuery): Promise<TaskPage> {
    return listTasks(this.#database, query);
  }

  count(filter: TaskFilter): Promise<TaskCount> {
    return countTasks(this.#database, filter);
  }

  async visit<Field extends VisitedField>(
    filter: TaskFilter,
    _fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead> {
    return { recordsRead: await visitTasks(this.#database, filter, visitor) };
  }

  countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    return countByStatus(this.#database, owner);
  }

  async #insert(
    task: Task,
    queue: string,
    status: TaskStatus,
    { report, dueAt }: { readonly report?: Report; readonly dueAt?: string },
  ): Promise<void> {
    await this.#database.query({
      text: `insert into task_queue.task_log (${TASK_COLUMNS}, status, report, updated_at, expires_at, due_at)
       values (${TASK_PLACES}, $12, $13, $14, to_timestamp($15), $16) on conflict do nothing`,
      values: [
        ...taskValues(task, queue),
        status,
        report === undefined ? null : JSON.stringify(report),
        isoTime(this.#clock.now()),
        this.#expiry.ofUnfinished,
        dueAt ?? null,
      ],
    });
  }
}
