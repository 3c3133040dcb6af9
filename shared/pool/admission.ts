/** Of a machine, in percent of what it has, 0 to 100. */
export type Load = { readonly cpuPercent: number; readonly memoryPercent: number };

export type Slots = {
  /** How many tasks may run. */
  readonly slots: number;
  /** How many do. */
  readonly busy: number;
  /** How many may run at the very most. */
  readonly max: number;
};

/**
 * How many tasks may run from now on: one more while the machine is under both limits and all slots
 * are in use, one fewer than run above a limit. So a pool finds what its machine carries, a step at
 * each look, whatever else runs there.
 */
export function nextSlots({ slots, busy, max }: Slots, load: Load, limits: Load): number {
  const isOver = load.cpuPercent > limits.cpuPercent || load.memoryPercent > limits.memoryPercent;
  if (isOver) return Math.max(Math.min(slots, busy) - 1, 0);
  return busy >= slots ? Math.min(slots + 1, max) : slots;
}
