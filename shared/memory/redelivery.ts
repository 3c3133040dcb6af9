import { type Clock, isoTime } from '../clock.ts';
import type { Task } from '../task/task.ts';
import { taskInRecord } from '../task-log/record.ts';
import type {
  PendingRedelivery,
  Redrive,
  RedriveResult,
  RequeueReadiness,
  StuckTask,
} from '../task-log/redelivery.ts';
import { redriveOf } from '../task-log/redelivery.ts';
import type { Entry, MemoryEntries } from './entries.ts';

/** Pending redelivery in memory. */
export class MemoryRedelivery implements PendingRedelivery {
  readonly #entries: MemoryEntries;
  readonly #clock: Clock;
  /** By task. */
  readonly #redrives = new Map<string, Set<string>>();

  constructor(entries: MemoryEntries, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  async redrive(task: Task, { letterId, queue }: Redrive): Promise<RedriveResult> {
    const known = this.#redrives.get(task.id) ?? new Set();
    const entry = this.#entries.of(task, queue);
    const isRepeated = known.has(letterId);
    const { status } = entry.record;
    const isLeased = entry.leaseUntil >= this.#clock.now();
    const result = redriveOf({ status, isLeased, isRepeated });
    if (result.outcome !== 'requeued' || isRepeated) return result;
    this.#redrives.set(task.id, known.add(letterId));
    const { finishedAt, cancelRequestedAt, progress, dueAt, ...record } = entry.record;
    entry.record = record;
    entry.claims += 1;
    this.#entries.update(entry, { status: 'enqueued', attempt: 0, queue });
    return result;
  }

  async prepareRequeue(stuck: StuckTask): Promise<RequeueReadiness> {
    const entry = this.#stuck(stuck);
    if (!entry) return { outcome: 'moved-on' };
    const { record, parametersAt } = entry;
    const task = taskInRecord(record, record.parameters, parametersAt);
    return { outcome: 'ready', task, queue: record.queue };
  }

  async recordRequeue(stuck: StuckTask, queue: string): Promise<void> {
    const entry = this.#stuck(stuck);
    if (!entry) return;
    const { dueAt: _, ...record } = entry.record;
    entry.record = record;
    this.#entries.update(entry, { queue });
  }

  #stuck({ id, since }: StuckTask): Entry | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const { status, updatedAt, dueAt = updatedAt } = entry.record;
    const isOver = status === 'running' && entry.leaseUntil < this.#clock.now();
    const isOld = updatedAt < isoTime(since) && dueAt < isoTime(since);
    return (status === 'enqueued' || isOver) && isOld ? entry : undefined;
  }
}
