import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { FileStore } from '../files/file-store.ts';
import { readParameters } from '../files/payloads.ts';
import type { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import { cancelledReport } from './cancelled-report.ts';
import { cursorAfter, idInCursor } from './cursor.ts';
import { MemoryFamily } from './memory-family.ts';
import { CATEGORY_BY_STATUS, isFinal, type TaskStatus } from './status.ts';
import type {
  ArchiveResult,
  CancelResult,
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  DecisionOptions,
  Ending,
  ListQuery,
  OpenedChildren,
  Progress,
  PutBack,
  TaskLog,
  TaskPage,
  TaskRecord,
  TaskSummary,
  UndecodableMessage,
} from './task-log.ts';
import { undecodableTask } from './undecodable-task.ts';

type Entry = {
  record: TaskRecord;
  parametersAt?: string | undefined;
  claims: number;
  leaseUntil: number;
  claimId?: string;
  hasChildren?: true;
};

/** Task log of this process, for sync deployments and tests. */
export class MemoryTaskLog implements TaskLog {
  readonly #clock: Clock;
  readonly #files: FileStore | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #family = new MemoryFamily();

  /** @param files where parameters are that were too large for a message */
  constructor(clock: Clock = systemClock, files?: FileStore) {
    this.#clock = clock;
    this.#files = files;
  }

  async recordEnqueued(task: Task, queue: string): Promise<void> {
    this.#entryOf(task, queue);
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    this.#update(this.#entryOf(task, message.queue), { status: 'unknown', report });
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { queue, leaseSeconds, claimId } = request;
    const entry = this.#entryOf(task, queue);
    const { status, attempt } = entry.record;
    const now = this.#clock.now();
    if (isFinal(status) || status === 'child_running') return { outcome: 'ended', status };
    if (status === 'running' && entry.claimId === claimId) {
      return claimOf(entry);
    }
    if (status !== 'enqueued' && entry.leaseUntil >= now) {
      return { outcome: 'held', forSeconds: Math.ceil((entry.leaseUntil - now + 1) / 1000) };
    }
    entry.claims += 1;
    entry.claimId = claimId;
    entry.leaseUntil = now + leaseSeconds * 1000;
    const { progress: _, ...record } = entry.record;
    entry.record = record;
    this.#update(entry, {
      status: 'running',
      attempt: attempt + 1,
      startedAt: isoTime(now),
      queue,
    });
    return claimOf(entry);
  }

  async heartbeat(claim: Claim, leaseSeconds: number, progress?: Progress): Promise<ClaimState> {
    const entry = this.#held(claim);
    if (!entry) return 'lost';
    entry.leaseUntil = this.#clock.now() + leaseSeconds * 1000;
    this.#update(entry, progress ? { progress } : {});
    return isCancelRequested(entry) ? 'cancel-requested' : 'held';
  }

  async finish(claim: Claim, { sentChildren, ...ending }: Ending): Promise<boolean> {
    const entry = this.#held(claim);
    if (!entry) return this.#alreadyIs(claim, ending.status);
    if (sentChildren) this.#closeUnsent(claim.taskId, sentChildren);
    const finishedAt = isoTime(this.#clock.now());
    this.#update(entry, { ...ending, ...(isFinal(ending.status) && { finishedAt }) });
    this.#followUp(entry);
    return true;
  }

  async openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren> {
    const entry = this.#held(claim);
    if (!entry) return { state: 'lost', toSend: new Set() };
    if (isCancelRequested(entry)) return { state: 'cancel-requested', toSend: new Set() };
    entry.hasChildren = true;
    const toSend = childIds.filter((id) => !this.#entries.has(id));
    const open = childIds.filter((id) => !this.#isEnded(id));
    this.#family.open(claim.taskId, open);
    return { state: 'held', toSend: new Set(toSend) };
  }

  async putBack(claim: Claim, { usesAttempt, report }: PutBack): Promise<ClaimState> {
    const entry = this.#held(claim);
    if (!entry) return this.#alreadyIs(claim, 'enqueued') ? 'held' : 'lost';
    if (isCancelRequested(entry)) return 'cancel-requested';
    const attempt = entry.record.attempt - (usesAttempt ? 0 : 1);
    this.#update(entry, { status: 'enqueued', attempt, ...(report ? { report } : {}) });
    return 'held';
  }

  async cancel(taskId: string, { force = false }: DecisionOptions = {}): Promise<CancelResult> {
    const entry = this.#entries.get(taskId);
    if (!entry) return { outcome: 'unknown' };
    const { status } = entry.record;
    if (isFinal(status)) return { outcome: 'ended', status };
    if (status !== 'enqueued' && !force) return { outcome: 'in-progress', status };
    const now = isoTime(this.#clock.now());
    if (status === 'running') this.#update(entry, { cancelRequestedAt: now });
    else {
      const report = status === 'enqueued' && { report: cancelledReport(taskId) };
      this.#update(entry, { status: 'cancelled', finishedAt: now, ...report });
    }
    this.#followUp(entry);
    return { outcome: status === 'running' ? 'requested' : 'cancelled' };
  }

  async archive(taskId: string, { force = false }: DecisionOptions = {}): Promise<ArchiveResult> {
    const entry = this.#entries.get(taskId);
    if (!entry) return { outcome: 'unknown' };
    const { status } = entry.record;
    const isInProgress = CATEGORY_BY_STATUS[status] === 'in_progress';
    if (isInProgress && !force) return { outcome: 'in-progress', status };
    this.#update(entry, { status: 'archived' });
    this.#followUp(entry);
    return { outcome: 'archived' };
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const { record, parametersAt } = this.#entries.get(taskId) ?? {};
    if (!record || parametersAt === undefined) return record;
    const parameters = await readParameters(parametersAt, this.#files);
    return { ...record, parameters: parameters ?? null };
  }

  async getSummary(taskId: string): Promise<TaskSummary | undefined> {
    const record = this.#entries.get(taskId)?.record;
    return record && summaryOf(record);
  }

  async list({ owner, limit, cursor }: ListQuery): Promise<TaskPage> {
    const before = cursor === undefined ? undefined : idInCursor(cursor);
    const matching = this.#recordsOf(owner)
      .filter(({ id }) => before === undefined || id < before)
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    const tasks = matching.slice(0, limit).map(summaryOf);
    const last = tasks.at(-1);
    return last && matching.length > limit ? { tasks, next: cursorAfter(last.id) } : { tasks };
  }

  async countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    const byStatus = Map.groupBy(this.#recordsOf(owner), ({ status }) => status);
    return Object.fromEntries([...byStatus].map(([status, records]) => [status, records.length]));
  }

  #entryOf({ parametersAt, ...task }: Task, queue: string): Entry {
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

  #isEnded(id: string): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && isFinal(entry.record.status);
  }

  #closeUnsent(parentId: string, sent: ReadonlySet<string>): void {
    for (const id of this.#family.openChildrenOf(parentId)) {
      if (!sent.has(id) && !this.#entries.has(id)) this.#family.close(parentId, id, false);
    }
  }

  /** Does what follows from the state of a task for its parents, and from its cancellation for its children. */
  #followUp(entry: Entry): void {
    this.#rollUp(entry);
    const { id, status, parentId, cancelRequestedAt } = entry.record;
    if (isFinal(status) && parentId !== undefined) {
      this.#family.close(parentId, id, CATEGORY_BY_STATUS[status] === 'failed');
      const parent = this.#entries.get(parentId);
      if (parent) this.#followUp(parent);
    }
    const isCancelled = status === 'cancelled' || cancelRequestedAt !== undefined;
    if (isCancelled && status !== 'completed') this.#cancelChildrenOf(id);
  }

  /** Ends a parent whose last child has ended. */
  #rollUp(entry: Entry): void {
    const { id, status } = entry.record;
    if (status !== 'child_running' || this.#family.hasOpen(id)) return;
    const finishedAt = isoTime(this.#clock.now());
    const hasFailed = this.#family.hasFailed(id);
    this.#update(entry, { status: hasFailed ? 'failed' : 'completed', finishedAt });
  }

  #cancelChildrenOf(id: string): void {
    for (const child of this.#family.openChildrenOf(id)) void this.cancel(child, { force: true });
  }

  #held({ taskId, token }: Claim): Entry | undefined {
    const entry = this.#entries.get(taskId);
    return entry?.claims === token && entry.record.status === 'running' ? entry : undefined;
  }

  /** True for the repetition of a write that was stored before. */
  #alreadyIs({ taskId, token }: Claim, status: TaskStatus): boolean {
    const entry = this.#entries.get(taskId);
    if (entry?.claims !== token) return false;
    const found = entry.record.status;
    // A parent may have ended since its own work was stored.
    return found === status || (status === 'child_running' && isFinal(found));
  }

  #update(entry: Entry, changes: Partial<TaskRecord> & { report?: Report }): void {
    entry.record = { ...entry.record, ...changes, updatedAt: isoTime(this.#clock.now()) };
  }

  #recordsOf(owner: string | undefined): TaskRecord[] {
    const records = [...this.#entries.values()].map(({ record }) => record);
    return records.filter((record) => owner === undefined || record.owner === owner);
  }
}

const isCancelRequested = ({ record }: Entry): boolean => record.cancelRequestedAt !== undefined;

function claimOf(entry: Entry): ClaimResult {
  const { id, attempt } = entry.record;
  const claim = { taskId: id, token: entry.claims, attempt };
  const { hasChildren = false } = entry;
  return { outcome: 'claimed', claim, isCancelRequested: isCancelRequested(entry), hasChildren };
}

function summaryOf({
  parameters: _parameters,
  report: _report,
  ...summary
}: TaskRecord): TaskSummary {
  return summary;
}
