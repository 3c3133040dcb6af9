import type { Clock } from '../../clock.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import {
  CATEGORY_BY_STATUS,
  FINAL_STATUSES,
  isFinal,
  type TaskStatus,
} from '../../task-log/status.ts';
import { nowAt, type Sql, secondsAfter, timeOf } from '../sql.ts';

/** A task, and its place between its parent and its children. */
export type RelatedTask = {
  readonly id: string;
  readonly parent_id: string | null;
  readonly status: TaskStatus;
};

/**
 * The open and the failed children of each parent. Everything happens in the transaction that changes
 * a child, with the parent's row locked: if two last children end at the same time, the second one
 * sees that the first has ended.
 */
export class PostgresChildren {
  readonly #clock: Clock | undefined;
  readonly #expiry: Expiry;

  /** @param expiry in seconds from now */
  constructor(clock: Clock | undefined, expiry: Expiry) {
    this.#clock = clock;
    this.#expiry = expiry;
  }

  /** Opens the children that have not ended yet. */
  async open(sql: Sql, parentId: string, childIds: readonly string[]): Promise<void> {
    await sql.query({
      text: `insert into task_queue.task_log_children (parent_id, child_id)
       select $1, child from unnest($2::text[]) as child
       where not exists (select from task_queue.task_log where id = child and status = any($3))
       order by child
       on conflict do nothing`,
      values: [parentId, childIds, FINAL_STATUSES],
    });
  }

  /** Removes open children that were not sent and have no record: no worker will ever end them. */
  async closeUnsent(sql: Sql, parentId: string, sent: ReadonlySet<string>): Promise<void> {
    await sql.query({
      text: `delete from task_queue.task_log_children
       where parent_id = $1 and not failed and child_id <> all($2::text[])
         and not exists (select from task_queue.task_log where id = child_id)`,
      values: [parentId, [...sent]],
    });
  }

  async openChildrenOf(sql: Sql, parentId: string): Promise<string[]> {
    const rows = await sql.query<{ child_id: string }>({
      text: 'select child_id from task_queue.task_log_children where parent_id = $1 and not failed',
      values: [parentId],
    });
    return rows.map(({ child_id }) => child_id);
  }

  /** Closes an ended task at its parent, ends the parent after its last child, and so on upwards. */
  async updateParents(sql: Sql, task: RelatedTask): Promise<void> {
    let current: RelatedTask | undefined = task;
    while (current) {
      if (current.status === 'child_running') current = await this.#rollUp(sql, current);
      else if (isFinal(current.status) && current.parent_id !== null) {
        current = await this.#closeChild(sql, current.parent_id, current);
      } else return;
    }
  }

  /** Ends the parent if no child is open. @returns the parent as it is then; `undefined` while it goes on */
  async #rollUp(sql: Sql, parent: RelatedTask): Promise<RelatedTask | undefined> {
    const [children] = await sql.query<{ open: boolean; failed: boolean }>({
      text: `select exists (select from task_queue.task_log_children where parent_id = $1 and not failed) as open,
              exists (select from task_queue.task_log_children where parent_id = $1 and failed) as failed`,
      values: [parent.id],
    });
    if (children?.open) return undefined;
    const status = children?.failed ? 'failed' : 'completed';
    const now = nowAt('$3');
    await sql.query({
      text: `update task_queue.task_log
       set status = $2, finished_at = ${now}, updated_at = ${now}, expires_at = ${secondsAfter(now, '$4')}
       where id = $1`,
      values: [parent.id, status, timeOf(this.#clock), this.#expiry.ofEnded(status)],
    });
    return { ...parent, status };
  }

  /** @returns the parent, if it waits for its children */
  async #closeChild(
    sql: Sql,
    parentId: string,
    { id, status }: RelatedTask,
  ): Promise<RelatedTask | undefined> {
    const [parent] = await sql.query<RelatedTask>({
      text: 'select id, parent_id, status from task_queue.task_log where id = $1 for update',
      values: [parentId],
    });
    const link = [parentId, id];
    if (CATEGORY_BY_STATUS[status] === 'failed') {
      await sql.query({
        text: 'update task_queue.task_log_children set failed = true where parent_id = $1 and child_id = $2',
        values: link,
      });
    } else {
      await sql.query({
        text: 'delete from task_queue.task_log_children where parent_id = $1 and child_id = $2 and not failed',
        values: link,
      });
    }
    return parent?.status === 'child_running' ? parent : undefined;
  }
}
