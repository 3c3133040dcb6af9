import { cpus, totalmem } from 'node:os';
import { handlers } from '#tasks/handlers';
import type { Logger } from '../../../shared/logger.ts';
import { inOwnProcess } from '../../../shared/pool/run-in-process.ts';
import type { Worker } from '../../../shared/worker/worker.ts';
import type { Release } from '../releasers.ts';
import type { WorkerOptions } from '../run-worker.ts';
import { programPath, startReaper } from './programs.ts';

/** The load of a machine, in percent of what it has: 0 to 100. */
export type Load = { readonly cpuPercent: number; readonly memoryPercent: number };

export type Slots = {
  /** How many tasks may run. */
  readonly slots: number;
  /** How many tasks run. */
  readonly busy: number;
  /** How many tasks may ever run at once. */
  readonly max: number;
};

/**
 * Returns how many tasks may run from now on. It is one more while the machine is under both limits and all
 * slots are busy, and one fewer than are busy above a limit. So a pool finds what its machine carries, one
 * step per measurement, whatever else runs there.
 */
export function nextSlots({ slots, busy, max }: Slots, load: Load, limits: Load): number {
  const isOver = load.cpuPercent > limits.cpuPercent || load.memoryPercent > limits.memoryPercent;
  if (isOver) return Math.max(Math.min(slots, busy) - 1, 0);
  return busy >= slots ? Math.min(slots + 1, max) : slots;
}

/**
 * Returns a function that measures the machine: processors since the last call, memory now. If a container
 * has less memory than the machine, its memory counts.
 */
export function machineLoad(): () => Load {
  let before = cpuTimes();
  return () => {
    const now = cpuTimes();
    const total = now.total - before.total;
    const idle = now.idle - before.idle;
    before = now;
    return {
      cpuPercent: total > 0 ? Math.round(100 * (1 - idle / total)) : 0,
      memoryPercent: memoryPercent(),
    };
  };
}

/** Milliseconds of all processors since the machine started. */
function cpuTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { idle, total: idle + busy };
}

function memoryPercent(): number {
  // Without a limit of the container it is 0, or far more than the machine has.
  const total = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  const available = Math.min(process.availableMemory(), total);
  return Math.round(100 * (1 - available / total));
}

export type PoolOptions = {
  /** How often the pool measures the machine. */
  readonly intervalSeconds: number;
  /** Above one of these no task begins. */
  readonly limits: Load;
};

/** Makes a worker a pool: each attempt runs in its own process, as many as the machine carries. */
export function workerPool(
  options: PoolOptions,
  logger: Logger,
): Pick<WorkerOptions, 'handlers' | 'attend'> {
  const program = programPath('task-process');
  const reaper = startReaper();
  return {
    handlers: handlers.map((handler) => inOwnProcess(handler, program, reaper)),
    attend: [
      () => () => reaper.end(),
      (worker, { worker: { concurrency: max } }) => admitTasks(worker, { ...options, max }, logger),
    ],
  };
}

const FIRST_LOOK_MS = 500;

function admitTasks(
  worker: Worker,
  { intervalSeconds, limits, max }: PoolOptions & { readonly max: number },
  logger: Logger,
): Release {
  const measure = machineLoad();
  let slots = 0;
  let isFull = false;
  // No task begins before the first measurement.
  worker.limitSlots(slots);
  const look = (): void => {
    const load = measure();
    slots = nextSlots({ slots, busy: worker.busySlots, max }, load, limits);
    if (isFull !== (slots === 0)) {
      isFull = slots === 0;
      logger.info(isFull ? 'machine over its limits: no task begins' : 'tasks begin again', load);
    }
    worker.limitSlots(slots);
  };
  // Soon: a worker with a limit of polls skips them while it has no slots.
  const first = setTimeout(look, FIRST_LOOK_MS);
  const timer = setInterval(look, intervalSeconds * 1000);
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}
