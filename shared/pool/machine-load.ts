import { cpus, totalmem } from 'node:os';

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
