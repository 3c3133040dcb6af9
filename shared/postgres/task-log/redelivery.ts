import { type Clock, isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { taskInRecord } from '../../task-log/record.ts';
import {
  type PendingRedelivery,
  type Redrive,
  type RedriveResult,
  type RequeueReadiness,
  redriveOf,
  type StuckTask,
} from '../../task-log/redelivery.ts';
import { expiryFromNow, nowAt, type Sql, type SqlDatabase, secondsAfter, timeOf } from '../sql.ts';
import {
  SUMMARY_COLUMNS,
  summaryOfRow,
  TASK_COLUMNS,
  TASK_PLACES,
  type TaskRow,
  taskValues,
} from './rows.ts';
import type { PostgresTaskLogOptions } from './task-log.ts';

/** `$1` is the task's id, `$2` the time before which it last changed, `$3` for `nowAt`. */
const STUCK = `id = $1 and (status = 'enqueued' or (status = 'running' and lease_until < ${nowAt('$3')}))
  and updated_at < $2 and (due_at is null or due_at < $2)`;

type FoundRow = Pick<TaskRow, 'status'> & {
  readonly is_leased: boolean;
  readonly is_repeated: boolean;
};

export class PostgresRedelivery implements PendingRedelivery {
  readonly #database: SqlDatabase;
  readonly #expiry: Expiry;
  readonly #clock: Clock | undefined;

  /** @param options those of the task log */
  constructor(database: SqlDatabase, options: PostgresTaskLogOptions) {
    const { retentionDays, clock } = options;
    this.#database = database;
    this.#expiry = expiryFromNow(retentionDays);
    this.#clock = clock;
  }

  /** Increments `claims`, so that an earlier claim can no longer end the task. */
  redrive(task: Task, { letterId, queue }: Redrive): Promise<RedriveResult> {
    return this.#database.transaction(async (sql) => {
      const found = await this.#locked(sql, task, { letterId, queue });
      const { is_leased: isLeased, is_repeated: isRepeated } = found;
      const now = nowAt('$4');
      const answer = redriveOf({ status: found.status, isLeased, isRepeated });
      if (answer.outcome !== 'requeued' || isRepeated) return answer;
      await sql.query({
        text: `update task_queue.task_log set status = 'enqueued', queue = $2,
           claims = claims + 1, snoozes = claims + 1, redrives = redrives || $3::text, updated_at = ${now},
           expires_at = ${secondsAfter(now, '$5')}, finished_at = null, cancel_requested_at = null,
           holder = null, lease_until = null, progress = null, due_at = null
         where id = $1`,
        values: [task.id, queue, letterId, timeOf(this.#clock), this.#expiry.ofUnfinished],
      });
      return answer;
    });
  }

  async prepareRequeue({ id, since }: StuckTask): Promise<RequeueReadiness> {
    const [row] = await this.#database.query<TaskRow>({
      text: `select ${SUMMARY_COLUMNS}, parameters, parameters_at from task_queue.task_log where ${STUCK}`,
      values: [id, isoTime(since), timeOf(this.#clock)],
    });
    if (!row) return { outcome: 'moved-on' };
    const parametersAt = row.parameters_at ?? undefined;
    const parameters = parametersAt === undefined ? row.parameters : null;
    const task = taskInRecord(summaryOfRow(row), parameters, parametersAt);
    return { outcome: 'ready', task, queue: row.queue };
  }

  async recordRequeue({ id, since }: StuckTask, queue: string): Promise<void> {
    await this.#database.query({
      text: `update task_queue.task_log set queue = $4, due_at = null, updated_at = ${nowAt('$3')},
         expires_at = ${secondsAfter(nowAt('$3'), '$5')}
       where ${STUCK}`,
      values: [id, isoTime(since), timeOf(this.#clock), queue, this.#expiry.ofUnfinished],
    });
  }

  /** Locks the task's row. If it has expired, writes it first, for this transaction alone. */
  async #locked(sql: Sql, task: Task, { letterId, queue }: Redrive): Promise<FoundRow> {
    await sql.query({
      text: `insert into task_queue.task_log (${TASK_COLUMNS}, status, updated_at, expires_at)
       values (${TASK_PLACES}, 'unknown', ${nowAt('$12')}, ${secondsAfter(nowAt('$12'), '$13')}) on conflict do nothing`,
      values: [...taskValues(task, queue), timeOf(this.#clock), this.#expiry.ofUnfinished],
    });
    const [row] = await sql.query<FoundRow>({
      text: `select status, $2 = any(redrives) as is_repeated,
         coalesce(lease_until >= ${nowAt('$3')}, false) as is_leased
       from task_queue.task_log where id = $1 for update`,
      values: [task.id, letterId, timeOf(this.#clock)],
    });
    if (!row) throw new Error(`the row of task ${task.id} was removed meanwhile`);
    return row;
  }
}
