import type { Timer, TimerClock } from '../clock.ts';
import { defined } from '../defined.ts';
import { withFields } from '../foreign/logging.ts';
import { textOf } from '../foreign/text.ts';
import type { ChildRequest, TaskContext } from '../task/task-context.ts';
import type { TaskProgress } from '../task-log/task-log.ts';
import type { Run, RunDeps } from './run.ts';
import { obey } from './stop-reasons.ts';

const PROGRESS_INTERVAL_MS = 1000;
const MAX_PROGRESS_MESSAGE = 200;

export type AttemptContext = {
  readonly context: TaskContext;
  /** Writes the progress that still waits. Call it at the end of the attempt. Never rejects. */
  readonly writeLastProgress: () => Promise<void>;
};

/** Creates what a handler gets for one attempt. Writing progress also tells it of a cancellation. */
export function attemptContext(
  { task, claim, children, file: attemptFile }: Run,
  abort: AbortController,
  { log, leaseSeconds, logger, clock, enqueueMany = noDispatcher }: RunDeps,
): AttemptContext {
  const fields = { taskId: task.id, taskName: task.name, attempt: claim.attempt };
  const taskLogger = withFields(logger, fields);
  const enqueueChildren = (requests: readonly ChildRequest[]): Promise<string[]> =>
    children.enqueue(requests, { log, enqueueMany, abort });
  const progress = new ProgressWriter(clock, async (latest) => {
    if (abort.signal.aborted) return;
    try {
      obey(await log.heartbeat(claim, leaseSeconds, latest), abort);
    } catch (error) {
      taskLogger.warn('progress could not be stored', { error });
    }
  });
  const context: TaskContext = {
    taskId: task.id,
    label: task.label,
    owner: task.owner,
    attempt: claim.attempt,
    signal: abort.signal,
    enqueueChild: async (child) => (await enqueueChildren([child]))[0] ?? '',
    enqueueChildren,
    logger: taskLogger,
    progress: (percent, message) => progress.report(progressOf(percent, message)),
    storeFile: (file) => attemptFile.store(file, abort.signal),
  };
  return { context, writeLastProgress: () => progress.end() };
}

/**
 * Writes progress at most once a second, and one write at a time. The first report is written at
 * once. The latest of those that follow waits for its turn, or until the attempt ends.
 */
class ProgressWriter {
  readonly #clock: TimerClock;
  readonly #write: (progress: TaskProgress) => Promise<void>;
  #waiting: TaskProgress | undefined;
  /** Present until the second is over and the write of its start has ended. */
  #second: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasEnded = false;

  /** @param write never rejects */
  constructor(clock: TimerClock, write: (progress: TaskProgress) => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Resolves when the progress is written, or at once when it waits. */
  async report(progress: TaskProgress): Promise<void> {
    if (this.#hasEnded) return;
    this.#waiting = progress;
    if (this.#second === undefined) await this.#writeWaiting();
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#second?.cancel();
    await this.#writing;
    if (this.#waiting) await this.#write(this.#waiting);
  }

  async #writeWaiting(): Promise<void> {
    this.#second = undefined;
    const progress = this.#waiting;
    if (progress === undefined || this.#hasEnded) return;
    this.#waiting = undefined;
    this.#second = this.#clock.after(PROGRESS_INTERVAL_MS, () => void this.#takeTurn());
    this.#writing = this.#write(progress);
    await this.#writing;
  }

  async #takeTurn(): Promise<void> {
    await this.#writing;
    await this.#writeWaiting();
  }
}

/** Handlers pass what they like: progress must not fail the work. */
const progressOf = (percent: unknown, message: unknown): TaskProgress =>
  defined({
    percent: typeof percent === 'number' ? Math.min(Math.max(percent || 0, 0), 100) : 0,
    message:
      message === undefined
        ? undefined
        : textOf(message).slice(0, MAX_PROGRESS_MESSAGE).toWellFormed(),
  });

const noDispatcher = (): Promise<never> =>
  Promise.reject(new Error('This worker has no dispatcher, so its tasks cannot enqueue children.'));
