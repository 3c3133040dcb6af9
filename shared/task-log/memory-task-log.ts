import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import { cancelledReport } from './cancelled-report.ts';
import { listRecords, matchingTasks, summaryOf } from './memory-queries.ts';
import { isFinal, type TaskStatus } from './status.ts';
import type { TaskFilter } from './task-filter.ts';
import type {
  CancelResult,
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  ListQuery,
  Progress,
  PutBack,
  RecordsRead,
  TaskCount,
  TaskLog,
  TaskPage,
  TaskRecord,
  TaskSummary,
  UndecodableMessage,
  VisitedField,
} from './task-log.ts';
import { undecodableTask } from './undecodable-task.ts';

type Entry = { record: TaskRecord; claims: number; leaseUntil: number; claimId?: string };

/** Task log of this process, for sync deployments and tests. */
export class MemoryTaskLog implements TaskLog {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
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
    if (isFinal(status)) return { outcome: 'ended', status };
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

  async finish(claim: Claim, { status, report }: Ending): Promise<boolean> {
    const entry = this.#held(claim);
    if (!entry) return this.#alreadyIs(claim, status);
    this.#update(entry, { status, report, finishedAt: isoTime(this.#clock.now()) });
    return true;
  }

  async putBack(claim: Claim, { usesAttempt, report }: PutBack): Promise<ClaimState> {
    const entry = this.#held(claim);
    if (!entry) return this.#alreadyIs(claim, 'enqueued') ? 'held' : 'lost';
    if (isCancelRequested(entry)) return 'cancel-requested';
    const attempt = entry.record.attempt - (usesAttempt ? 0 : 1);
    this.#update(entry, { status: 'enqueued', attempt, ...(report ? { report } : {}) });
    return 'held';
  }

  async cancel(taskId: string): Promise<CancelResult> {
    const entry = this.#entries.get(taskId);
    if (!entry) return { outcome: 'unknown' };
    const { status } = entry.record;
    if (isFinal(status)) return { outcome: 'ended', status };
    const now = isoTime(this.#clock.now());
    if (status !== 'enqueued') {
      this.#update(entry, { cancelRequestedAt: now });
      return { outcome: 'requested' };
    }
    this.#update(entry, { status: 'cancelled', report: cancelledReport(taskId), finishedAt: now });
    return { outcome: 'cancelled' };
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    return this.#entries.get(taskId)?.record;
  }

  async getSummary(taskId: string): Promise<TaskSummary | undefined> {
    const record = this.#entries.get(taskId)?.record;
    return record && summaryOf(record);
  }

  async list(query: ListQuery): Promise<TaskPage> {
    return listRecords(this.#records(), query);
  }

  async count(filter: TaskFilter): Promise<TaskCount> {
    const { length: count } = matchingTasks(this.#records(), filter);
    return { count, recordsRead: this.#entries.size };
  }

  async visit<Field extends VisitedField>(
    filter: TaskFilter,
    _fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead> {
    for (const task of matchingTasks(this.#records(), filter)) visitor(task);
    return { recordsRead: this.#entries.size };
  }

  async countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    const byStatus = Map.groupBy(matchingTasks(this.#records(), { owner }), ({ status }) => status);
    return Object.fromEntries([...byStatus].map(([status, tasks]) => [status, tasks.length]));
  }

  #entryOf(task: Task, queue: string): Entry {
    const known = this.#entries.get(task.id);
    if (known) return known;
    const record: TaskRecord = {
      ...task,
      queue,
      status: 'enqueued',
      attempt: 0,
      updatedAt: isoTime(this.#clock.now()),
    };
    const entry = { record, claims: 0, leaseUntil: 0 };
    this.#entries.set(task.id, entry);
    return entry;
  }

  #held({ taskId, token }: Claim): Entry | undefined {
    const entry = this.#entries.get(taskId);
    return entry?.claims === token && entry.record.status === 'running' ? entry : undefined;
  }

  /** True for the repetition of a write that was stored before. */
  #alreadyIs({ taskId, token }: Claim, status: TaskStatus): boolean {
    const entry = this.#entries.get(taskId);
    return entry?.claims === token && entry.record.status === status;
  }

  #update(entry: Entry, changes: Partial<TaskRecord> & { report?: Report }): void {
    entry.record = { ...entry.record, ...changes, updatedAt: isoTime(this.#clock.now()) };
  }

  #records(): TaskRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
  }
}

const isCancelRequested = ({ record }: Entry): boolean => record.cancelRequestedAt !== undefined;

function claimOf(entry: Entry): ClaimResult {
  const { id, attempt } = entry.record;
  const claim = { taskId: id, token: entry.claims, attempt };
  return { outcome: 'claimed', claim, isCancelRequested: isCancelRequested(entry) };
}
