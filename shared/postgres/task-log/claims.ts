import type { Clock } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
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
import { millis, nowAt, type Sql, type SqlDatabase, secondsAfter, timeOf } from '../sql.ts';
import type { PostgresChildren, RelatedTask } from './children.ts';
import { TASK_COLUMNS, TASK_PLACES, type TaskRow, taskValues } from './rows.ts';

/** The claim is still the latest one, and its task runs. `$1` is the task's id, `$2` the token. */
const CLAIM_HOLDS = `id = $1 and claims = $2 and status = 'running'`;

export type PostgresDeps = {
  readonly database: SqlDatabase;
  readonly children: PostgresChildren;
  /** In seconds from now. */
  readonly expiry: Expiry;
  /** For tests. @default the server's clock */
  readonly clock?: Clock | undefined;
  /** Cancels the open children of a cancelled task. */
  readonly cancelChildren: (parentId: string) => Promise<void>;
};

type FoundRow = Pick<TaskRow, 'status' | 'has_children'> & {
  /** Its cancellation was requested. */
  readonly is_cancelled: boolean;
};
type ClaimedRow = FoundRow & Pick<TaskRow, 'claims' | 'snoozes'>;
type EndedRow = RelatedTask & FoundRow;

/** The columns of a FoundRow. */
const FOUND = 'status, has_children, cancel_requested_at is not null as is_cancelled';

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
    const now = nowAt('$14');
    const [row] = await database.query<ClaimedRow>({
      text: `insert into task_queue.task_log as t (${TASK_COLUMNS}, status, claims, holder, lease_until, started_at, updated_at, expires_at)
       values (${TASK_PLACES}, 'running', 1, $12, ${secondsAfter(now, '$13')}, ${now}, ${now}, ${secondsAfter(now, '$15')})
       on conflict (id) do update set
         queue = excluded.queue, status = 'running', claims = t.claims + 1, holder = excluded.holder,
         lease_until = excluded.lease_until, started_at = excluded.started_at,
         updated_at = excluded.updated_at, expires_at = excluded.expires_at, progress = null, due_at = null
       where t.status = 'enqueued' or (t.status = 'running' and t.lease_until < ${now})
       returning ${FOUND}, claims, snoozes`,
      values: [
        ...taskValues(task, request.queue),
        request.claimId,
        request.leaseSeconds,
        timeOf(clock),
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
    const now = nowAt('$4');
    const [row] = await this.#deps.database.query<FoundRow>({
      text: `update task_queue.task_log
       set lease_until = ${secondsAfter(now, '$3')}, updated_at = ${now}, progress = coalesce($5, progress)
       where ${CLAIM_HOLDS} returning ${FOUND}`,
      values: [
        taskId,
        token,
        leaseSeconds,
        timeOf(this.#deps.clock),
        progress === undefined ? null : JSON.stringify(progress),
      ],
    });
    if (!row) return 'lost';
    return row.is_cancelled ? 'cancel-requested' : 'ok';
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
    const now = nowAt('$5');
    const [row] = await database.query<ClaimedRow>({
      text: `update task_queue.task_log set status = 'enqueued', snoozes = snoozes + $3, report = coalesce($4, report),
         holder = null, lease_until = null, updated_at = ${now}, expires_at = ${secondsAfter(now, '$6')},
         due_at = ${secondsAfter(now, '$7')}
       where ${CLAIM_HOLDS} and cancel_requested_at is null returning status`,
      values: [
        claim.taskId,
        claim.token,
        usesAttempt ? 0 : 1,
        report === undefined ? null : JSON.stringify(report),
        timeOf(clock),
        expiry.ofUnfinished,
        delaySeconds > 0 ? delaySeconds : null,
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
      const [row] = await sql.query<FoundRow>({
        text: `update task_queue.task_log set has_children = true where ${CLAIM_HOLDS} returning ${FOUND}`,
        values: [claim.taskId, claim.token],
      });
      if (!row) return { state: 'lost', toSend: new Set<string>() };
      if (row.is_cancelled) return { state: 'cancel-requested', toSend: new Set<string>() };
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
    const now = nowAt('$6');
    const [row] = await sql.query<EndedRow>({
      text: `update task_queue.task_log set status = $3, report = $4, file = $5, updated_at = ${now},
         finished_at = case when $7::boolean then ${now} end, expires_at = ${secondsAfter(now, '$8')},
         holder = null, lease_until = null, progress = null, due_at = null
       where ${CLAIM_HOLDS} returning id, parent_id, ${FOUND}`,
      values: [
        claim.taskId,
        claim.token,
        status,
        JSON.stringify(report),
        file === undefined ? null : JSON.stringify(file),
        timeOf(clock),
        isFinal(status),
        isFinal(status) ? expiry.ofEnded(status) : expiry.ofOverflow,
      ],
    });
    return row;
  }

  /** Why a claim was refused; or that it was stored before, and only its answer was lost. */
  async #refused(taskId: string, { claimId }: ClaimRequest): Promise<ClaimResult> {
    const { database, clock } = this.#deps;
    const left = `${millis('lease_until')} - ${millis(nowAt('$2'))}`;
    const [found] = await database.query<
      ClaimedRow & Pick<TaskRow, 'holder'> & { readonly left_ms: number | null }
    >({
      text: `select ${FOUND}, claims, snoozes, holder, ${left} as left_ms
       from task_queue.task_log where id = $1`,
      values: [taskId, timeOf(clock)],
    });
    if (found?.status === 'running' && found.holder === claimId)
      return claimedResult(taskId, found);
    if (found && (isFinal(found.status) || found.status === 'child_running')) {
      // The worker that ended the task may have died before it cancelled the children.
      await this.#cancelChildren(taskId, found);
      return { outcome: 'ended', status: found.status };
    }
    const leftMs = found?.left_ms ?? 0;
    return { outcome: 'busy', forSeconds: Math.max(Math.ceil((leftMs + 1) / 1000), 1) };
  }

  /** Runs after the commit: a child that ends locks its own row first, then its parent's. */
  async #cancelChildren(taskId: string, ended: FoundRow): Promise<void> {
    const isCancelled = ended.status === 'cancelled' || ended.is_cancelled;
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
      text: `select ${FOUND} from task_queue.task_log
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
    isCancelRequested: row.is_cancelled,
    hasChildren: row.has_children,
  };
}
