import { type Clock, isoTime } from '../../clock.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { CATEGORY_BY_STATUS, isFinal } from '../../task-log/status.ts';
import type { DynamodbTable, Key } from '../table.ts';
import { failureMark, type TaskItem, taskKey } from './items.ts';
import { readTask, updateTask } from './update-task.ts';

/** Prefixes of sort keys under the parent's id. The child's id follows. */
const OPEN = 'open#';
const FAILED = 'failed#';

/**
 * The open children of each parent, as a set: one item per open child, under the parent's id. Opening
 * or closing a child twice changes nothing, so no write needs a transaction, and children that end at
 * the same time do not conflict (docs/adr/0011-a-set-of-open-children.md).
 */
export class DynamodbChildren {
  readonly #table: DynamodbTable;
  readonly #expiry: Expiry;
  readonly #clock: Clock;

  constructor(table: DynamodbTable, expiry: Expiry, clock: Clock) {
    this.#table = table;
    this.#expiry = expiry;
    this.#clock = clock;
  }

  async open(parentId: string, childIds: readonly string[]): Promise<void> {
    const expiresAt = this.#expiry.ofOverflow;
    await this.#table.putMany(childIds.map((id) => ({ ...openKey(parentId, id), expiresAt })));
  }

  /** Closes the children that have ended. @returns the items of those that have a record, and so were sent */
  async closeEnded(parentId: string, childIds: readonly string[]): Promise<TaskItem[]> {
    const recorded = (await this.#table.getMany(childIds.map(taskKey), true)) as TaskItem[];
    const ended = recorded.filter(({ status }) => isFinal(status));
    await this.#close(parentId, ended);
    return recorded;
  }

  /** Closes open children that were not sent and have no record: no worker will ever end them. */
  async closeUnsent(parentId: string, sent: ReadonlySet<string>): Promise<void> {
    for await (const openIds of this.openChildrenOf(parentId)) {
      const doubtful = openIds.filter((id) => !sent.has(id));
      const recorded = idsOf(await this.closeEnded(parentId, doubtful));
      const unsent = doubtful.filter((id) => !recorded.has(id));
      await this.#table.deleteMany(unsent.map((id) => openKey(parentId, id)));
    }
  }

  /** Ids, page by page. @param pageSize the default is as much as DynamoDB answers with, 1 MB */
  async *openChildrenOf(parentId: string, pageSize?: number): AsyncGenerator<string[]> {
    const query = { ...childrenOf(parentId, OPEN), Limit: pageSize };
    for await (const { items } of this.#table.queryAll(query)) {
      yield items.map(({ sk }) => String(sk).slice(OPEN.length));
    }
  }

  /**
   * Closes a task that has ended at its parent, ends the parent if that was its last open child, and
   * continues with the parent's parent. A process that dies in between leaves its message
   * unacknowledged; the next delivery repeats all of this.
   */
  async updateParents(item: TaskItem): Promise<void> {
    let current: TaskItem | undefined = item;
    while (current) {
      if (current.status === 'child_running') current = await this.#rollUp(current);
      else if (isFinal(current.status) && current.parentId !== undefined) {
        await this.#close(current.parentId, [current]);
        current = await readTask(this.#table, current.parentId);
      } else return;
    }
  }

  /** Ends the parent if no child is open. @returns the parent as it is then; `undefined` while it goes on */
  async #rollUp(parent: TaskItem): Promise<TaskItem | undefined> {
    const { sk: parentId } = parent;
    if (await this.#hasOpen(parent)) return undefined;
    const status = (await this.#hasFailed(parentId)) ? 'failed' : 'completed';
    const now = isoTime(this.#clock.now());
    const result = await updateTask(this.#table, parentId, {
      set: {
        status,
        ...failureMark(parentId, status),
        finishedAt: now,
        updatedAt: now,
        expiresAt: this.#expiry.ofEnded(status),
      },
      condition: '#status = :expected',
      values: { ':expected': 'child_running' },
    });
    return 'refused' in result ? result.refused : { ...parent, status };
  }

  /** Records failures before closing: in between, the parent must not look completed. */
  async #close(parentId: string, ended: readonly TaskItem[]): Promise<void> {
    const expiresAt = this.#expiry.ofOverflow;
    const failed = ended.filter(({ status }) => CATEGORY_BY_STATUS[status] === 'failed');
    await this.#table.putMany(
      failed.map(({ sk: id }) => ({ pk: parentId, sk: FAILED + id, expiresAt })),
    );
    await this.#table.deleteMany(ended.map(({ sk: id }) => openKey(parentId, id)));
  }

  /**
   * Whether a child has yet to end. A worker that had lost the parent's claim may have opened children
   * that had ended by then. Nothing else closes those.
   */
  async #hasOpen({ sk: parentId, claims }: TaskItem): Promise<boolean> {
    for await (const ids of this.openChildrenOf(parentId, 1)) {
      if (ids.length === 0) continue;
      if (claims === 1 || !(await this.#haveEnded(parentId, ids))) return true;
    }
    return false;
  }

  async #haveEnded(parentId: string, childIds: readonly string[]): Promise<boolean> {
    const recorded = await this.closeEnded(parentId, childIds);
    return recorded.length === childIds.length && recorded.every(({ status }) => isFinal(status));
  }

  async #hasFailed(parentId: string): Promise<boolean> {
    const { items } = await this.#table.query({ ...childrenOf(parentId, FAILED), Limit: 1 });
    return items.length > 0;
  }
}

export const idsOf = (items: readonly TaskItem[]): ReadonlySet<string> =>
  new Set(items.map(({ sk }) => sk));

const openKey = (parentId: string, childId: string): Key => ({ pk: parentId, sk: OPEN + childId });

const childrenOf = (parentId: string, prefix: string) => ({
  KeyConditionExpression: 'pk = :parent AND begins_with(sk, :prefix)',
  ExpressionAttributeValues: { ':parent': parentId, ':prefix': prefix },
  ConsistentRead: true,
});
