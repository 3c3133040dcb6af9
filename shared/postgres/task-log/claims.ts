import { type Clock, isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { dueIn } from '../../task-log/record.ts';
import { isFinal, isStatusAfter, type TaskStatus } from '../../task-log/status.ts';
import type {
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  OpenedChildren,
  Requeue,
  TaskClaims,
  TaskProgress,
} from '../../task-log/task-log.ts';
import type { Sql, SqlDatabase } from '../sql.ts';
import type { PostgresChildren, RelatedTask } from './children.ts';
import { TASK_COLUMNS, TASK_PLACES, type TaskRow, taskValues } from './rows.ts';

/** The claim is still the latest one, and its task runs. `$1` is the task's id, `$2` the token. */
const CLAIM_HOLDS = `id = $1 and claims = $2 and status = 'running'`;

export type PostgresDeps = {
  readonly database: SqlDatabase;
  readonly children: PostgresChildren;
  readonly expiry: Expiry;
  readonly clock: Clock;
  /** Cancels the open children of a cancelled task. */
  readonly cancelChildren: (parentId: string) => Promise<void>;
};

type ClaimedRow = Pick<
  TaskRow,
  'status' | 'claims' | 'snoozes' | 'cancel_requested_at' | 'has_children'
>;
type EndedRow = RelatedTask & FoundRow;
type FoundRow = Pick<TaskRow, 'status' | 'cancel_requested_at' | 'has_children'>;

/**
 * The writes of workers. `claim` takes a task and increments `claims`, which becomes the claim's token.
 * Every other write is conditional on that token, so that a later claim voids an earlier one.
 *
 * A statement may be repeated after its answer was lost. The second one finds no row to change, because
 * the first has changed it: `#refused` and `#repeated` recognize that.
 */
export class PostgresClaims implements TaskClaims {
  readonly #deps: PostgresDeps;

  constructor(deps: PostgresDeps) {
    this.#deps = deps;
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { database, clock, expiry } = this.#deps;
    const now = clock.now();
    const [row] = await database.query<ClaimedRow>({
      text: `insert into task_queue.task_log as t (${TASK_COLUMNS}, status, claims, holder, lease_until, started_at, updated_at, expires_at)
       values (${TASK_PLACES}, 'running', 1, $12, $13, $14, $14, to_timestamp($15))
       on conflict (id) do update set
         queue = excluded.queue, status = 'running', claims = t.claims + 1, holder = excluded.holder,
         lease_until = excluded.lease_until, started_at = excluded.started_at,
         updated_at = excluded.updated_at, expires_at = excluded.expires_at, progress = null, due_at = null
       where t.status = 'enqueued' or (t.status = 'running' and t.lease_until < $14)
       returning status, claims, snoozes, cancel_requested_at, has_children`,
      values: [
        ...taskValues(task, request.queue),
        request.claimId,
        isoTime(now + request.leaseSeconds * 1000),
        isoTime(now),
        expiry.ofUnfinished,
      ],
    });
    return row ? claimedResult(task.id, row) : this.#refused(task.id, request);
  }

  async heartbeat(
    { taskId, token }: Claim,
    leaseSeconds: number,
    progress?: TaskProgress,
  ): Promise<ClaimState> {
    const now = this.#deps.clock.now();
    const [row] = await this.#deps.database.query<ClaimedRow>({
      text: `update task_queue.task_log set lease_until = $3, updated_at = $4, progress = coalesce($5, progress)
       where ${CLAIM_HOLDS} returning cancel_requested_at`,
      values: [
        taskId,
        token,
        isoTime(now + leaseSeconds * 1000),
        isoTime(now),
        progress === undefined ? null : JSON.stringify(progress),
      ],
    });
    if (!row) return 'lost';
    return row.cancel_requested_at === null ? 'ok' : 'cancel-requested';
  }

  async finish(claim: Claim, ending: Ending): Promise<boolean> {
    const { database, children } = this.#deps;
    const ended = await database.transaction(async (sql) => {
      const row = await this.#end(sql, claim, ending);
      if (!row) return undefined;
      if (ending.sentChildren) await children.closeUnsent(sql, row.id, ending.sentChildren);
      await children.updateParents(sql, row);
      return row;
    });
    const stored = ended ?? (await this.#repeated(claim, ending.status));
    if (stored) await this.#cancelChildren(claim.taskId, stored);
    return stored !== undefined;
  }

  async requeue(
    claim: Claim,
    { usesAttempt, report, delaySeconds = 0 }: Requeue,
  ): Promise<ClaimState> {
    const { database, clock, expiry } = this.#deps;
    const [row] = await database.query<ClaimedRow>({
      text: `update task_queue.task_log set status = 'enqueued', snoozes = snoozes + $3, report = coalesce($4, report),
         holder = null, lease_until = null, updated_at = $5, expires_at = to_timestamp($6), due_at = $7
       where ${CLAIM_HOLDS} and cancel_requested_at is null returning status`,
      values: [
        claim.taskId,
        claim.token,
        usesAttempt ? 0 : 1,
        report === undefined ? null : JSON.stringify(report),
        isoTime(clock.now()),
        expiry.ofUnfinished,
        dueIn(delaySeconds, clock).dueAt ?? null,
      ],
    });
    if (row) return 'ok';
    const found = await this.#found(claim);
    if (found?.status === 'running') return 'cancel-requested';
    return found?.status === 'enqueued' ? 'ok' : 'lost';
  }

  async openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren> {
    const { database, children } = this.#deps;
    return database.transaction(async (sql) => {
      // Locks the row: a child that ends at this moment waits, and is then found open.
      const [row] = await sql.query<ClaimedRow>({
        text: `update task_queue.task_log set has_children = true where ${CLAIM_HOLDS} returning cancel_requested_at`,
        values: [claim.taskId, claim.token],
      });
      if (!row) return { state: 'lost', toSend: new Set<string>() };
      if (row.cancel_requested_at) return { state: 'cancel-requested', toSend: new Set<string>() };
      await children.open(sql, claim.taskId, childIds);
      const sent = await sql.query<{ id: string }>({
        text: 'select id from task_queue.task_log where id = any($1)',
        values: [childIds],
      });
      const toSend = new Set(childIds);
      for (const { id } of sent) toSend.delete(id);
      return { state: 'ok', toSend };
    });
  }

  async #end(sql: Sql, claim: Claim, ending: Ending): Promise<EndedRow | undefined> {
    const { clock, expiry } = this.#deps;
    const { status, report, file } = ending;
    const now = isoTime(clock.now());
    const [row] = await sql.query<EndedRow>({
      text: `update task_queue.task_log set status = $3, report = $4, file = $5, finished_at = $6, updated_at = $7,
         expires_at = to_timestamp($8), holder = null, lease_until = null, progress = null, due_at = null
       where ${CLAIM_HOLDS} returning id, parent_id, status, cancel_requested_at, has_children`,
      values: [
        claim.taskId,
        claim.token,
        status,
        JSON.stringify(report),
        file === undefined ? null : JSON.stringify(file),
        isFinal(status) ? now : null,
        now,
        isFinal(status) ? expiry.ofEnded(status) : expiry.ofOverflow,
      ],
    });
    return row;
  }

  /** Why a claim was refused; or that it was stored before, and only its answer was lost. */
  async #refused(taskId: string, { claimId }: ClaimRequest): Promise<ClaimResult> {
    const [found] = await this.#deps.database.query<
      ClaimedRow & Pick<TaskRow, 'holder' | 'lease_until'>
    >({
      text: `select status, claims, snoozes, cancel_requested_at, has_children, holder, lease_until
       from task_queue.task_log where id = $1`,
      values: [taskId],
    });
    if (found?.status === 'running' && found.holder === claimId)
      return claimedResult(taskId, found);
    if (found && (isFinal(found.status) || found.status === 'child_running')) {
      // The worker that ended the task may have died before it cancelled the children.
      await this.#cancelChildren(taskId, found);
      return { outcome: 'ended', status: found.status };
    }
    const now = this.#deps.clock.now();
    const leaseUntil = found?.lease_until?.getTime() ?? now;
    return { outcome: 'busy', forSeconds: Math.max(Math.ceil((leaseUntil - now + 1) / 1000), 1) };
  }

  /** Runs after the commit: a child that ends locks its own row first, then its parent's. */
  async #cancelChildren(taskId: string, ended: FoundRow): Promise<void> {
    const isCancelled = ended.status === 'cancelled' || ended.cancel_requested_at !== null;
    if (isCancelled && ended.has_children && ended.status !== 'completed') {
      await this.#deps.cancelChildren(taskId);
    }
  }

  /** @returns the task as it is now, if this end was stored before */
  async #repeated(claim: Claim, status: TaskStatus): Promise<FoundRow | undefined> {
    const found = await this.#found(claim);
    return found && isStatusAfter(found.status, status) ? found : undefined;
  }

  /** @returns the task as it is now, if no worker has claimed it since */
  async #found({ taskId, token }: Claim): Promise<FoundRow | undefined> {
    const [row] = await this.#deps.database.query<FoundRow>({
      text: `select status, cancel_requested_at, has_children from task_queue.task_log
       where id = $1 and claims = $2`,
      values: [taskId, token],
    });
    return row;
  }
}

function claimedResult(taskId: string, row: ClaimedRow): ClaimResult {
  return {
    outcome: 'claimed',
    claim: { taskId, token: row.claims, attempt: row.claims - row.snoozes },
    isCancelRequested: row.cancel_requested_at !== null,
    hasChildren: row.has_children,
  };
}
