import { inTurn } from '../../batches.ts';
import { isoTime } from '../../clock.ts';
import { cancelledReport } from '../../task-log/record.ts';
import { CATEGORY_BY_STATUS, isFinal, type TaskStatus } from '../../task-log/status.ts';
import type {
  ArchiveResult,
  CancelResult,
  CommandOptions,
  TaskCommands,
} from '../../task-log/task-log.ts';
import { millis, nowAt, type Sql, secondsAfter, timeOf } from '../sql.ts';
import type { RelatedTask } from './children.ts';
import type { PostgresDeps } from './claims.ts';
import type { TaskRow } from './rows.ts';

type Found = RelatedTask & Pick<TaskRow, 'file'> & { readonly ended_ms_ago: number | null };

/** Number of children that are cancelled at the same time. */
const AT_ONCE = 10;

/** Decides with the task's row locked, so that its status cannot change before the write. */
export class PostgresCommands implements TaskCommands {
  readonly #deps: Omit<PostgresDeps, 'cancelChildren'>;

  constructor(deps: Omit<PostgresDeps, 'cancelChildren'>) {
    this.#deps = deps;
  }

  async cancel(taskId: string, { force = false }: CommandOptions = {}): Promise<CancelResult> {
    let isTried = false;
    const result = await this.#deps.database.transaction<CancelResult>(async (sql) => {
      const found = await this.#locked(sql, taskId);
      if (!found) return { outcome: 'unknown' };
      // The transaction is repeated, because the answer to its commit was lost.
      if (isTried && found.status === 'cancelled') return { outcome: 'cancelled' };
      const decided = cancelling(found.status, force);
      if (decided.outcome === 'requested') await this.#request(sql, taskId);
      if (decided.outcome === 'cancelled') await this.#cancel(sql, found);
      isTried = decided.outcome === 'cancelled';
      return decided;
    });
    // After the commit: a child that ends locks its own row first, then its parent's. Also when nothing
    // changed: an earlier command may have died before it did this.
    const isCancelled =
      result.outcome === 'requested' ||
      result.outcome === 'cancelled' ||
      (result.outcome === 'ended' && result.status === 'cancelled');
    if (isCancelled) await this.cancelChildren(taskId);
    return result;
  }

  async archive(taskId: string, { force = false }: CommandOptions = {}): Promise<ArchiveResult> {
    const { database, children, clock } = this.#deps;
    return database.transaction<ArchiveResult>(async (sql) => {
      const found = await this.#locked(sql, taskId);
      if (!found) return { outcome: 'unknown' };
      const { status, file } = found;
      const result = { outcome: 'archived', file: file ?? undefined } as const;
      if (status === 'archived') return result;
      const isInProgress = CATEGORY_BY_STATUS[status] === 'in_progress';
      if (isInProgress && !force) return { outcome: 'in-progress', status };
      const now = nowAt('$2');
      await sql.query({
        text: `update task_queue.task_log set status = 'archived', updated_at = ${now},
           expires_at = ${secondsAfter(now, '$3')}, holder = null, lease_until = null, progress = null
         where id = $1`,
        values: [taskId, timeOf(clock), this.#expiryOfArchived(found)],
      });
      await children.updateParents(sql, { ...found, status: 'archived' });
      return result;
    });
  }

  /** In seconds from now, which is the time 0 here. */
  #expiryOfArchived({ status, ended_ms_ago: agoMs }: Found): number {
    const { expiry } = this.#deps;
    // Its message may still be delivered, and must find the record then.
    if (!isFinal(status)) return expiry.ofEndedEarly('archived');
    return agoMs === null ? expiry.ofEnded('archived') : expiry.ofArchived(status, isoTime(-agoMs));
  }

  async cancelChildren(parentId: string): Promise<void> {
    const ids = await this.#deps.children.openChildrenOf(this.#deps.database, parentId);
    await inTurn(ids, AT_ONCE, (id) => this.cancel(id, { force: true }));
  }

  async #locked(sql: Sql, taskId: string): Promise<Found | undefined> {
    const endedMsAgo = `${millis(nowAt('$2'))} - ${millis('finished_at')}`;
    const [row] = await sql.query<Found>({
      text: `select id, parent_id, status, file, ${endedMsAgo} as ended_ms_ago
       from task_queue.task_log where id = $1 for update`,
      values: [taskId, timeOf(this.#deps.clock)],
    });
    return row;
  }

  /** The worker that runs the task learns of the request at its next heartbeat. */
  async #request(sql: Sql, taskId: string): Promise<void> {
    await sql.query({
      text: `update task_queue.task_log set cancel_requested_at = ${nowAt('$2')}, updated_at = ${nowAt('$2')}
       where id = $1`,
      values: [taskId, timeOf(this.#deps.clock)],
    });
  }

  /** Cancels a task that waits for a worker, or for its children. */
  async #cancel(sql: Sql, found: RelatedTask): Promise<void> {
    const { clock, expiry, children } = this.#deps;
    const report = found.status === 'enqueued' ? JSON.stringify(cancelledReport(found.id)) : null;
    const now = nowAt('$2');
    await sql.query({
      text: `update task_queue.task_log set status = 'cancelled', finished_at = ${now}, updated_at = ${now},
         expires_at = ${secondsAfter(now, '$3')}, report = coalesce($4, report)
       where id = $1`,
      values: [found.id, timeOf(clock), expiry.ofEndedEarly('cancelled'), report],
    });
    await children.updateParents(sql, { ...found, status: 'cancelled' });
  }
}

function cancelling(status: TaskStatus, force: boolean): CancelResult {
  if (isFinal(status)) return { outcome: 'ended', status };
  if (status !== 'enqueued' && !force) return { outcome: 'in-progress', status };
  return { outcome: status === 'running' ? 'requested' : 'cancelled' };
}
