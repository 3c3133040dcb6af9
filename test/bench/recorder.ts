import type { Usage } from '../../functions/wiring/usage-meter.ts';
import { pause } from '../../shared/clock.ts';
import { type BenchParameters, wallClock } from './bench-task.ts';
import type { ChildReport, Job, QueueReport } from './job.ts';

const PROGRESS_EVERY = 1000;

type Tally = { starts: number; running: number; busyMs: number };

/**
 * Runs the tasks of whichever system is measured, and counts. It allocates nothing per task, but the
 * time at which a timed task began, so that it does not show in what it measures.
 */
export class Recorder {
  readonly #job: Job;
  readonly #usage: Usage;
  readonly #onProgress: (started: number) => void;
  readonly #done = Promise.withResolvers<ChildReport>();
  readonly #tallies: ReadonlyMap<string, Tally>;
  /** How often each task began, by its index. */
  readonly #beginnings: Uint8Array;
  readonly #heapBytes: number[] = [];
  readonly #begunAt: [number, number][] = [];
  #requestsBefore: Readonly<Record<string, number>> = {};
  #cpuBefore = process.cpuUsage();
  #beganAt = 0;
  #talliedAt = 0;
  #started = 0;
  #repeated = 0;
  #acked = 0;
  #isDone = false;

  constructor(job: Job, usage: Usage, onProgress: (started: number) => void) {
    this.#job = job;
    this.#usage = usage;
    this.#onProgress = onProgress;
    this.#beginnings = new Uint8Array(job.tasks);
    this.#tallies = new Map(
      job.queues.map(({ name }) => [name, { starts: 0, running: 0, busyMs: 0 }]),
    );
  }

  /** Resolves as soon as the job is done. */
  get report(): Promise<ChildReport> {
    return this.#done.promise;
  }

  /** To be called right before the system starts. */
  begin(): void {
    this.#cpuBefore = process.cpuUsage();
    this.#beganAt = performance.now();
    this.#talliedAt = this.#beganAt;
    const { window, until } = this.#job;
    if (until.kind === 'started' && until.withinMs !== undefined) {
      setTimeout(() => this.#finish(), until.withinMs);
    }
    if (!window) return;
    setTimeout(() => {
      this.#requestsBefore = { ...this.#usage.sqsRequests };
    }, window.warmUpMs);
    if (until.kind === 'window') {
      setTimeout(() => this.#finish(), window.warmUpMs + window.lengthMs);
    }
  }

  /** Runs one task, as every system's handler. */
  async run({ index, queue, milliseconds, sentAt }: BenchParameters): Promise<void> {
    const tally = this.#tallies.get(queue);
    if (!tally) throw new Error(`a task of "${queue}", which this job does not have`);
    if (sentAt > 0) this.#begunAt.push([index, wallClock()]);
    this.#tallyTime();
    tally.running += 1;
    tally.starts += 1;
    this.#countBeginning(index);
    if (milliseconds > 0) await pause(milliseconds);
    this.#tallyTime();
    tally.running -= 1;
  }

  /** So many messages were deleted. */
  acked(messages: number): void {
    this.#acked += messages;
    const { until } = this.#job;
    if (until.kind === 'acked' && this.#acked >= until.count) this.#finish();
  }

  #countBeginning(index: number): void {
    const before = this.#beginnings[index];
    if (before === undefined) throw new Error(`a task with the unknown index ${index}`);
    this.#beginnings[index] = before + 1;
    this.#started += 1;
    if (before === 1) this.#repeated += 1;
    if (this.#started % PROGRESS_EVERY === 0) this.#onProgress(this.#started);
    const { heapEvery, until } = this.#job;
    if (heapEvery && this.#started % heapEvery === 0) this.#measureHeap();
    if (until.kind !== 'started') return;
    const starts = until.queue ? this.#tallies.get(until.queue)?.starts : this.#started;
    if ((starts ?? 0) >= until.count) this.#finish();
  }

  #measureHeap(): void {
    if (!globalThis.gc) throw new Error('the heap can only be measured with --expose-gc');
    globalThis.gc();
    this.#heapBytes.push(process.memoryUsage().heapUsed);
  }

  /** Adds the time since the last change to the queues that had tasks running, inside the window. */
  #tallyTime(): void {
    const now = performance.now();
    const { from, to } = this.#windowAt(now);
    const elapsed = Math.min(now, to) - Math.max(this.#talliedAt, from);
    this.#talliedAt = now;
    if (elapsed <= 0) return;
    for (const tally of this.#tallies.values()) tally.busyMs += tally.running * elapsed;
  }

  #windowAt(now: number): { from: number; to: number } {
    const { window } = this.#job;
    if (!window) return { from: this.#beganAt, to: now };
    const from = this.#beganAt + window.warmUpMs;
    return { from, to: Math.min(from + window.lengthMs, now) };
  }

  /** Takes the numbers at this very moment: the system goes on until its process is ended. */
  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const cpu = process.cpuUsage(this.#cpuBefore);
    const now = performance.now();
    this.#tallyTime();
    const { from, to } = this.#windowAt(now);
    const requests = { ...this.#usage.sqsRequests };
    this.#done.resolve({
      started: this.#started,
      repeated: this.#repeated,
      acked: this.#acked,
      seconds: (now - this.#beganAt) / 1000,
      cpuMicros: cpu.user + cpu.system,
      requests,
      windowRequests: difference(requests, this.#requestsBefore),
      windowMs: to - from,
      writeUnits: this.#usage.writeUnits,
      queues: Object.fromEntries(
        [...this.#tallies].map(([name, tally]) => [name, reportOf(tally)]),
      ),
      heapBytes: this.#heapBytes,
      begunAt: [...this.#begunAt],
      endedAt: wallClock(),
    });
  }
}

const reportOf = ({ starts, busyMs }: Tally): QueueReport => ({ starts, busyMs });

const difference = (
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)]),
  );
