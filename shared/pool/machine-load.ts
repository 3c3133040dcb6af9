import { cpus, totalmem } from 'node:os';
import type { Load } from './admission.ts';

/**
 * Measures the machine: processors since the last call, memory now. Of a container with less memory
 * than the machine, the container's.
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
  // Without a container's limit it is 0 or far more than there is.
  const total = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  const available = Math.min(process.availableMemory(), total);
  return Math.round(100 * (1 - available / total));
}
