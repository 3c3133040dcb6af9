import { type Clock, isoTime, systemClock } from '../clock.ts';
import { defined } from '../defined.ts';
import type { StoredFiles } from '../files/file-store.ts';
import { readParameters } from '../files/payloads.ts';
import type { Task } from '../task/task.ts';
import { cancelledReport, dueIn, undecodableTask } from '../task-log/record.ts';
import type { PendingRedelivery } from '../task-log/redelivery.ts';
import { CATEGORY_BY_STATUS, isFinal, type TaskStatus } from '../task-log/status.ts';
import type { TaskFilter } from '../task-log/task-filter.ts';
import type {
  ArchiveResult,
  CancelResult,
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  CommandOptions,
  Ending,
  ListQuery,
  OpenedChildren,
  RecordsRead,
  Requeue,
  TaskCount,
  TaskLog,
  TaskPage,
  TaskProgress,
  TaskRecord,
  TaskSummary,
  UndecodableMessage,
  VisitedField,
} from '../task-log/task-log.ts';
import {
  claimOf,
  type Entry,
  isCancelRequested,
  listRecords,
  MemoryChildren,
  MemoryEntries,
  matchingTasks,
  summaryOfRecord,
} from './entries.ts';
import { MemoryRedelivery } from './redelivery.ts';

/** Task log of this process, for sync deployments and tests. */
export class MemoryTaskLog implements TaskLog {
  readonly #clock: Clock;
  readonly #files: StoredFiles | undefined;
  readonly #entries: MemoryEntries;
  readonly #children = new MemoryChildren();
  /** Pending redelivery of the same records. */
  readonly redelivery: PendingRedelivery;

  /** @param files where parameters are that were too large for a message */
  constructor(clock: Clock = systemClock, files?: StoredFiles) {
    this.#clock = clock;
    this.#entries = new MemoryEntries(clock);
    this.#files = files;
    this.redelivery = new MemoryRedelivery(this.#entries, clock);
  }

  async recordEnqueued(task: Task, queue: string, delaySeconds = 0): Promise<void> {
    if (this.#entries.has(task.id)) return;
    this.#entries.update(this.#entries.of(task, queue), dueIn(delaySeconds, this.#clock));
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    this.#entries.update(this.#entries.of(task, message.queue), { status: 'unknown', report });
  }

  async claim(task: Task, request: ClaimRequest): Promise<ClaimResult> {
    const { queue, leaseSeconds, claimId } = request;
    const entry = this.#entries.of(task, queue);
    const { status, attempt } = entry.record;
    const now = this.#clock.now();
    if (isFinal(status) || status === 'child_running') return { outcome: 'ended', status };
    if (status === 'running' && entry.claimId === claimId) {
      return claimOf(entry);
    }
    if (status !== 'enqueued' && entry.leaseUntil >= now) {
      return { outcome: 'busy', forSeconds: Math.ceil((entry.leaseUntil - now + 1) / 1000) };
    }
    entry.claims += 1;
    entry.claimId = claimId;
    entry.leaseUntil = now + leaseSeconds * 1000;
    const { progress: _, dueAt: _due, ...record } = entry.record;
    entry.record = record;
    this.#entries.update(entry, {
      status: 'running',
      attempt: attempt + 1,
      startedAt: isoTime(now),
      queue,
    });
    return claimOf(entry);
  }

  async heartbeat(
    claim: Claim,
    leaseSeconds: number,
    progress?: TaskProgress,
  ): Promise<ClaimState> {
    const entry = this.#entries.held(claim);
    if (!entry) return 'lost';
    entry.leaseUntil = this.#clock.now() + leaseSeconds * 1000;
    this.#entries.update(entry, progress ? { progress } : {});
    return isCancelRequested(entry) ? 'cancel-requested' : 'ok';
  }

  async finish(claim: Claim, { sentChildren, ...ending }: Ending): Promise<boolean> {
    const entry = this.#entries.held(claim);
    if (!entry) return this.#entries.isRepeated(claim, ending.status);
    if (sentChildren) this.#closeUnsent(claim.taskId, sentChildren);
    const finishedAt = isFinal(ending.status) ? isoTime(this.#clock.now()) : undefined;
    this.#entries.update(entry, defined({ ...ending, finishedAt }));
    this.#followUp(entry);
    return true;
  }

  async openChildren(claim: Claim, childIds: readonly string[]): Promise<OpenedChildren> {
    const entry = this.#entries.held(claim);
    if (!entry) return { state: 'lost', toSend: new Set() };
    if (isCancelRequested(entry)) return { state: 'cancel-requested', toSend: new Set() };
    entry.hasChildren = true;
    const toSend = childIds.filter((id) => !this.#entries.has(id));
    const open = childIds.filter((id) => !this.#entries.isEnded(id));
    this.#children.open(claim.taskId, open);
    return { state: 'ok', toSend: new Set(toSend) };
  }

  async requeue(claim: Claim, putBack: Requeue): Promise<ClaimState> {
    const { usesAttempt, report, delaySeconds = 0 } = putBack;
    const entry = this.#entries.held(claim);
    if (!entry) return this.#entries.isRepeated(claim, 'enqueued') ? 'ok' : 'lost';
    if (isCancelRequested(entry)) return 'cancel-requested';
    const attempt = entry.record.attempt - (usesAttempt ? 0 : 1);
    const due = dueIn(delaySeconds, this.#clock);
    this.#entries.update(entry, defined({ status: 'enqueued' as const, attempt, ...due, report }));
    return 'ok';
  }

  async cancel(taskId: string, { force = false }: CommandOptions = {}): Promise<CancelResult> {
    const entry = this.#entries.get(taskId);
    if (!entry) return { outcome: 'unknown' };
    const { status } = entry.record;
    if (isFinal(status)) return { outcome: 'ended', status };
    if (status !== 'enqueued' && !force) return { outcome: 'in-progress', status };
    const now = isoTime(this.#clock.now());
    if (status === 'running') this.#entries.update(entry, { cancelRequestedAt: now });
    else {
      const report = status === 'enqueued' && { report: cancelledReport(taskId) };
      this.#entries.update(entry, { status: 'cancelled', finishedAt: now, ...report });
    }
    this.#followUp(entry);
    return { outcome: status === 'running' ? 'requested' : 'cancelled' };
  }

  async archive(taskId: string, { force = false }: CommandOptions = {}): Promise<ArchiveResult> {
    const entry = this.#entries.get(taskId);
    if (!entry) return { outcome: 'unknown' };
    const { progress: _, ...record } = entry.record;
    const { status, file } = record;
    const isInProgress = CATEGORY_BY_STATUS[status] === 'in_progress';
    if (isInProgress && !force) return { outcome: 'in-progress', status };
    entry.record = record;
    this.#entries.update(entry, { status: 'archived' });
    this.#followUp(entry);
    return { outcome: 'archived', file };
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const { record, parametersAt } = this.#entries.get(taskId) ?? {};
    if (!record || parametersAt === undefined) return record;
    const parameters = await readParameters(parametersAt, this.#files);
    return { ...record, parameters: parameters ?? null };
  }

  async getSummary(taskId: string): Promise<TaskSummary | undefined> {
    const record = this.#entries.get(taskId)?.record;
    return record && summaryOfRecord(record);
  }

  async list(query: ListQuery): Promise<TaskPage> {
    return listRecords(this.#entries.records(query.owner), query);
  }

  async count(filter: TaskFilter): Promise<TaskCount> {
    const records = this.#entries.records(filter.owner);
    return { count: matchingTasks(records, filter).length, recordsRead: records.length };
  }

  async visit<Field extends VisitedField>(
    filter: TaskFilter,
    _fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead> {
    const records = this.#entries.records(filter.owner);
    for (const task of matchingTasks(records, filter)) visitor(task);
    return { recordsRead: records.length };
  }

  async countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    const byStatus = Map.groupBy(
      matchingTasks(this.#entries.records(), { owner }),
      ({ status }) => status,
    );
    return Object.fromEntries([...byStatus].map(([status, tasks]) => [status, tasks.length]));
  }

  #closeUnsent(parentId: string, sent: ReadonlySet<string>): void {
    for (const id of this.#children.openChildrenOf(parentId)) {
      if (!sent.has(id) && !this.#entries.has(id)) this.#children.close(parentId, id, false);
    }
  }

  /** Does what follows from the state of a task for its parents, and from its cancellation for its children. */
  #followUp(entry: Entry): void {
    this.#rollUp(entry);
    const { id, status, parentId, cancelRequestedAt } = entry.record;
    if (isFinal(status) && parentId !== undefined) {
      this.#children.close(parentId, id, CATEGORY_BY_STATUS[status] === 'failed');
      const parent = this.#entries.get(parentId);
      if (parent) this.#followUp(parent);
    }
    const isCancelled = status === 'cancelled' || cancelRequestedAt !== undefined;
    if (isCancelled && status !== 'completed') this.#cancelChildrenOf(id);
  }

  /** Ends a parent whose last child has ended. */
  #rollUp(entry: Entry): void {
    const { id, status } = entry.record;
    if (status !== 'child_running' || this.#children.hasOpen(id)) return;
    const finishedAt = isoTime(this.#clock.now());
    const hasFailed = this.#children.hasFailed(id);
    this.#entries.update(entry, { status: hasFailed ? 'failed' : 'completed', finishedAt });
  }

  #cancelChildrenOf(id: string): void {
    for (const child of this.#children.openChildrenOf(id)) void this.cancel(child, { force: true });
  }
}
