import { type Clock, isoTime } from '../clock.ts';
import type { Task } from '../task/task.ts';
import { idRange, idRangeAfter, isWithin } from '../task-log/id-range.ts';
import { cursorAfter, idInCursor } from '../task-log/paging.ts';
import { isFinal, type TaskStatus } from '../task-log/status.ts';
import { matcherOf, type TaskFilter } from '../task-log/task-filter.ts';
import type {
  Claim,
  ClaimResult,
  ListQuery,
  TaskPage,
  TaskRecord,
  TaskSummary,
} from '../task-log/task-log.ts';

export type Entry = {
  record: TaskRecord;
  parametersAt?: string | undefined;
  claims: number;
  leaseUntil: number;
  claimId?: string;
  hasChildren?: true;
};

/** The records of this process. */
export class MemoryEntries {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(taskId: string): Entry | undefined {
    return this.#entries.get(taskId);
  }

  has(taskId: string): boolean {
    return this.#entries.has(taskId);
  }

  /** The task's entry, made if there is none. */
  of({ parametersAt, ...task }: Task, queue: string): Entry {
    const known = this.#entries.get(task.id);
    if (known) return known;
    const record: TaskRecord = {
      ...task,
      queue,
      status: 'enqueued',
      attempt: 0,
      updatedAt: isoTime(this.#clock.now()),
    };
    const entry = { record, parametersAt, claims: 0, leaseUntil: 0 };
    this.#entries.set(task.id, entry);
    return entry;
  }

  update(entry: Entry, changes: Partial<TaskRecord>): void {
    entry.record = { ...entry.record, ...changes, updatedAt: isoTime(this.#clock.now()) };
  }

  isEnded(taskId: string): boolean {
    const entry = this.#entries.get(taskId);
    return entry !== undefined && isFinal(entry.record.status);
  }

  held({ taskId, token }: Claim): Entry | undefined {
    const entry = this.#entries.get(taskId);
    return entry?.claims === token && entry.record.status === 'running' ? entry : undefined;
  }

  /** True for the repetition of a write that was stored before. */
  isRepeated({ taskId, token }: Claim, status: TaskStatus): boolean {
    const entry = this.#entries.get(taskId);
    if (entry?.claims !== token) return false;
    const found = entry.record.status;
    // A parent may have ended since its own work was stored.
    return found === status || (status === 'child_running' && isFinal(found));
  }

  /** Returns the records of one owner, or of all owners. */
  records(owner?: string): TaskRecord[] {
    const records = [...this.#entries.values()].map(({ record }) => record);
    return owner === undefined ? records : records.filter((record) => record.owner === owner);
  }
}

export const isCancelRequested = ({ record }: Entry): boolean =>
  record.cancelRequestedAt !== undefined;

export function claimOf(entry: Entry): ClaimResult {
  const { id, attempt } = entry.record;
  const claim = { taskId: id, token: entry.claims, attempt };
  const { hasChildren = false } = entry;
  return { outcome: 'claimed', claim, isCancelRequested: isCancelRequested(entry), hasChildren };
}

type State = 'open' | 'failed';

/** The children of each parent that are open, or have failed. */
export class MemoryChildren {
  readonly #byParent = new Map<string, Map<string, State>>();

  open(parentId: string, childIds: readonly string[]): void {
    const children = this.#byParent.get(parentId) ?? new Map<string, State>();
    for (const id of childIds) children.set(id, 'open');
    this.#byParent.set(parentId, children);
  }

  close(parentId: string, id: string, hasFailed: boolean): void {
    if (hasFailed) this.#byParent.get(parentId)?.set(id, 'failed');
    else this.#byParent.get(parentId)?.delete(id);
  }

  openChildrenOf(parentId: string): string[] {
    const children = this.#byParent.get(parentId) ?? new Map<string, State>();
    return [...children].filter(([, state]) => state === 'open').map(([id]) => id);
  }

  hasOpen(parentId: string): boolean {
    return this.openChildrenOf(parentId).length > 0;
  }

  hasFailed(parentId: string): boolean {
    const states = this.#byParent.get(parentId)?.values() ?? [];
    return [...states].includes('failed');
  }
}

export function listRecords(records: readonly TaskRecord[], query: ListQuery): TaskPage {
  const { limit, offset = 0, order = 'newest', cursor } = query;
  const start = cursor === undefined ? undefined : idInCursor(cursor, query);
  const left = start === undefined ? undefined : idRangeAfter(idRange({}), start, order);
  const tasks = matchingTasks(records, query)
    .filter(({ id }) => left === undefined || isWithin(left, id))
    .sort((a, b) => (a.id < b.id === (order === 'oldest') ? -1 : 1));
  const page = tasks.slice(offset, offset + limit);
  const last = page.at(-1);
  const isLastPage = tasks.length <= offset + limit;
  return {
    tasks: page,
    recordsRead: records.length,
    next: last && !isLastPage ? cursorAfter(last.id, query) : undefined,
  };
}

export const matchingTasks = (records: readonly TaskRecord[], filter: TaskFilter): TaskSummary[] =>
  records.filter(matcherOf(filter)).map(summaryOfRecord);

export function summaryOfRecord({
  parameters: _parameters,
  report: _report,
  ...summary
}: TaskRecord): TaskSummary {
  return summary;
}
