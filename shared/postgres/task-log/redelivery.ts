import { type Clock, isoTime, systemClock } from '../../clock.ts';
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
import type { Sql, SqlDatabase } from '../sql.ts';
import {
  SUMMARY_COLUMNS,
  summaryOfRow,
  TASK_COLUMNS,
  TASK_PLACES,
  type TaskRow,
  taskValues,
} from './rows.ts';
import type { PostgresTaskLogOptions } from './task-log.ts';

/** `$1` is the task's id, `$2` the time before which it last changed, `$3` now. */
const STUCK = `id = $1 and (status = 'enqueued' or (status = 'running' and lease_until < $3))
  and updated_at < $2 and (due_at is null or due_at < $2)`;

type FoundRow = Pick<TaskRow, 'status' | 'lease_until'> & { readonly redrives: string[] };

export class PostgresRedelivery implements PendingRedelivery {
  readonly #database: SqlDatabase;
  readonly #expiry: Expiry;
  readonly #clock: Clock;

  /** @param options those of the task log */
  constructor(database: SqlDatabase, options: PostgresTaskLogOptions) {
    const { retentionDays, clock = systemClock } = options;
    this.#database = database;
    this.#expiry = new Expiry(retentionDays, clock);
    this.#clock = clock;
  }

  /** Increments `claims`, so that an earlier claim can no longer end the task. */
  redrive(task: Task, { letterId, queue }: Redrive): Promise<RedriveResult> {
    return this.#database.transaction(async (sql) => {
      const found = await this.#locked(sql, task, queue);
      const isRepeated = found.redrives.includes(letterId);
      const leaseUntil = found.lease_until?.getTime() ?? 0;
      const isLeased = leaseUntil >= this.#clock.now();
      const answer = redriveOf({ status: found.status, isLeased, isRepeated });
      if (answer.outcome !== 'requeued' || isRepeated) return answer;
      await sql.query({
        text: `update task_queue.task_log set status = 'enqueued', queue = $2,
           claims = claims + 1, snoozes = claims + 1, redrives = redrives || $3::text, updated_at = $4,
           expires_at = to_timestamp($5), finished_at = null, cancel_requested_at = null,
           holder = null, lease_until = null, progress = null, due_at = null
         where id = $1`,
        values: [task.id, queue, letterId, isoTime(this.#clock.now()), this.#expiry.ofUnfinished],
      });
      return answer;
    });
  }

  async prepareRequeue({ id, since }: StuckTask): Promise<RequeueReadiness> {
    const [row] = await this.#database.query<TaskRow>({
      text: `select ${SUMMARY_COLUMNS}, parameters, parameters_at from task_queue.task_log where ${STUCK}`,
      values: [id, isoTime(since), isoTime(this.#clock.now())],
    });
    if (!row) return { outcome: 'moved-on' };
    const parametersAt = row.parameters_at ?? undefined;
    const parameters = parametersAt === undefined ? row.parameters : null;
    const task = taskInRecord(summaryOfRow(row), parameters, parametersAt);
    return { outcome: 'ready', task, queue: row.queue };
  }

  async recordRequeue({ id, since }: StuckTask, queue: string): Promise<void> {
    await this.#database.query({
      text: `update task_queue.task_log set queue = $4, due_at = null, updated_at = $3,
         expires_at = to_timestamp($5)
       where ${STUCK}`,
      values: [id, isoTime(since), isoTime(this.#clock.now()), queue, this.#expiry.ofUnfinished],
    });
  }

  /** Locks the task's row. If it has expired, writes it first, for this transaction alone. */
  async #locked(sql: Sql, task: Task, queue: string): Promise<FoundRow> {
    await sql.query({
      text: `insert into task_queue.task_log (${TASK_COLUMNS}, status, updated_at, expires_at)
       values (${TASK_PLACES}, 'unknown', $12, to_timestamp($13)) on conflict do nothing`,
      values: [...taskValues(task, queue), isoTime(this.#clock.now()), this.#expiry.ofUnfinished],
    });
    const [row] = await sql.query<FoundRow>({
      text: 'select status, lease_until, redrives from task_queue.task_log where id = $1 for update',
      values: [task.id],
    });
    if (!row) throw new Error(`the row of task ${task.id} was removed meanwhile`);
    return row;
  }
}
