import type { Clock } from '../../clock.ts';
import type { StoredFiles } from '../../files/file-store.ts';
import type { Report } from '../../report/report.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry, RetentionDays } from '../../task-log/expiry.ts';
import { undecodableTask } from '../../task-log/record.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskLog, TaskRecorder, UndecodableMessage } from '../../task-log/task-log.ts';
import { taskLogOf } from '../../task-log/task-log-of.ts';
import { expiryFromNow, nowAt, type SqlDatabase, secondsAfter, timeOf } from '../sql.ts';
import { PostgresChildren } from './children.ts';
import { PostgresClaims } from './claims.ts';
import { PostgresCommands } from './commands.ts';
import { PostgresQueries } from './queries.ts';
import { TASK_COLUMNS, TASK_PLACES, taskValues } from './rows.ts';

export type PostgresTaskLogOptions = {
  /** Days that the record of an ended task is kept. */
  readonly retentionDays: RetentionDays;
  /** For tests. @default the server's clock: a worker's may be wrong */
  readonly clock?: Clock;
  /** Stores parameters that are too large for a message. */
  readonly files?: StoredFiles | undefined;
};

/** The task log in PostgreSQL: one row per task. A task's end updates its parents in one transaction. */
export function postgresTaskLog(database: SqlDatabase, options: PostgresTaskLogOptions): TaskLog {
  const { retentionDays, clock, files } = options;
  const expiry = expiryFromNow(retentionDays);
  const children = new PostgresChildren(clock, expiry);
  const deps = { database, children, expiry, clock };
  const commands = new PostgresCommands(deps);
  const cancelChildren = (parentId: string): Promise<void> => commands.cancelChildren(parentId);
  return taskLogOf({
    recorder: new PostgresRecorder(deps),
    claims: new PostgresClaims({ ...deps, cancelChildren }),
    commands,
    queries: new PostgresQueries(database, files),
  });
}

type RecorderDeps = {
  readonly database: SqlDatabase;
  readonly expiry: Expiry;
  readonly clock: Clock | undefined;
};

class PostgresRecorder implements TaskRecorder {
  readonly #deps: RecorderDeps;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  recordEnqueued(task: Task, queue: string, delaySeconds = 0): Promise<void> {
    return this.#insert(task, queue, 'enqueued', { delaySeconds });
  }

  recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    return this.#insert(task, message.queue, 'unknown', { report });
  }

  async #insert(
    task: Task,
    queue: string,
    status: TaskStatus,
    { report, delaySeconds = 0 }: { readonly report?: Report; readonly delaySeconds?: number },
  ): Promise<void> {
    const { database, clock, expiry } = this.#deps;
    const now = nowAt('$14');
    await database.query({
      text: `insert into task_queue.task_log (${TASK_COLUMNS}, status, report, updated_at, expires_at, due_at)
       values (${TASK_PLACES}, $12, $13, ${now}, ${secondsAfter(now, '$15')}, ${secondsAfter(now, '$16')}) on conflict do nothing`,
      values: [
        ...taskValues(task, queue),
        status,
        report === undefined ? null : JSON.stringify(report),
        timeOf(clock),
        expiry.ofUnfinished,
        delaySeconds > 0 ? delaySeconds : null,
      ],
    });
  }
}
