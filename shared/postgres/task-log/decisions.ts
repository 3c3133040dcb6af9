import { inTurn } from '../../batches.ts';
import { isoTime } from '../../clock.ts';
import { cancelledReport } from '../../task-log/cancelled-report.ts';
import { CATEGORY_BY_STATUS, isFinal, type TaskStatus } from '../../task-log/status.ts';
import type { ArchiveResult, CancelResult, DecisionOptions } from '../../task-log/task-log.ts';
import type { Sql } from '../sql.ts';
import type { PostgresDeps } from './claims.ts';
import type { Member } from './family.ts';
import type { TaskRow } from './rows.ts';

type Found = Member & Pick<TaskRow, 'file' | 'finished_at'>;

/** Children that are cancelled at once. */
const AT_ONCE = 10;

/** What people write: with the task's row locked, nothing changes between looking and deciding. */
export class PostgresDecisions {
  readonly #deps: Omit<PostgresDeps, 'cancelChildren'>;

  constructor(deps: Omit<PostgresDeps, 'cancelChildren'>) {
    this.#deps = deps;
  }

  async cancel(taskId: string, { force = false }: DecisionOptions = {}): Promise<CancelResult> {
    let isTried = false;
    const result = await this.#deps.database.transaction<CancelResult>(async (sql) => {
      const found = await locked(sql, taskId);
      if (!found) return { outcome: 'unknown' };
      // The transaction is repeated: the answer to its commit got lost.
      if (isTried && found.status === 'cancelled') return { outcome: 'cancelled' };
      const decided = cancelling(found.status, force);
      if (decided.outcome === 'requested') await this.#request(sql, taskId);
      if (decided.outcome === 'cancelled') await this.#cancel(sql, found);
      isTried = decided.outcome === 'cancelled';
      return decided;
    });
    // After the commit, for a child that ends locks itself, then its parent. Also when all is as it
    // should be: whoever made it so may have died before the children knew.
    const isCancelled =
      result.outcome === 'requested' ||
      result.outcome === 'cancelled' ||
      (result.outcome === 'ended' && result.status === 'cancelled');
    if (isCancelled) await this.cancelChildren(taskId);
    return result;
  }

  async archive(taskId: string, { force = false }: DecisionOptions = {}): Promise<ArchiveResult> {
    const { database, family, clock } = this.#deps;
    return database.transaction<ArchiveResult>(async (sql) => {
      const found = await locked(sql, taskId);
      if (!found) return { outcome: 'unknown' };
      const { status, file } = found;
      const result = { outcome: 'archived', ...(file && { file }) } as const;
      if (status === 'archived') return result;
      const isInProgress = CATEGORY_BY_STATUS[status] === 'in_progress';
      if (isInProgress && !force) return { outcome: 'in-progress', status };
      await sql.query({
        text: `update task_queue.task_log set status = 'archived', updated_at = $2,
           expires_at = to_timestamp($3), holder = null, lease_until = null, progress = null
         where id = $1`,
        values: [taskId, isoTime(clock.now()), this.#expiryOfArchived(found)],
      });
      await family.settle(sql, { ...found, status: 'archived' });
      return result;
    });
  }

  #expiryOfArchived({ status, finished_at: finishedAt }: Found): number {
    const { expiry } = this.#deps;
    // While its message may still come, that must find the record.
    if (!isFinal(status)) return expiry.ofEndedEarly('archived');
    return finishedAt === null
      ? expiry.ofEnded('archived')
      : expiry.ofArchived(status, isoTime(finishedAt.getTime()));
  }

  async cancelChildren(parentId: string): Promise<void> {
    const ids = await this.#deps.family.openChildrenOf(this.#deps.database, parentId);
    await inTurn(ids, AT_ONCE, (id) => this.cancel(id, { force: true }));
  }

  /** The worker that runs it learns of it with its next heartbeat. */
  async #request(sql: Sql, taskId: string): Promise<void> {
    await sql.query({
      text: 'update task_queue.task_log set cancel_requested_at = $2, updated_at = $2 where id = $1',
      values: [taskId, isoTime(this.#deps.clock.now())],
    });
  }

  /** Of a task that waits for a worker, or for its children. */
  async #cancel(sql: Sql, found: Member): Promise<void> {
    const { clock, expiry, family } = this.#deps;
    const report = found.status === 'enqueued' ? JSON.stringify(cancelledReport(found.id)) : null;
    await sql.query({
      text: `update task_queue.task_log set status = 'cancelled', finished_at = $2, updated_at = $2,
         expires_at = to_timestamp($3), report = coalesce($4, report)
       where id = $1`,
      values: [found.id, isoTime(clock.now()), expiry.ofEndedEarly('cancelled'), report],
    });
    await family.settle(sql, { ...found, status: 'cancelled' });
  }
}

function cancelling(status: TaskStatus, force: boolean): CancelResult {
  if (isFinal(status)) return { outcome: 'ended', status };
  if (status !== 'enqueued' && !force) return { outcome: 'in-progress', status };
  return { outcome: status === 'running' ? 'requested' : 'cancelled' };
}

async function locked(sql: Sql, taskId: string): Promise<Found | undefined> {
  const [row] = await sql.query<Found>({
    text: 'select id, parent_id, status, file, finished_at from task_queue.task_log where id = $1 for update',
    values: [taskId],
  });
  return row;
}
