import type { TaskSummaryView } from '../../../shared/api/views.ts';
import type { Usage } from '../../wiring/usage-meter.ts';

export type Share = {
  readonly queue: string;
  readonly weight: number;
  /** 0 to 1. */
  readonly expected: number;
  readonly measured: number;
};

/** How the tasks that began until `end` (milliseconds) split over the queues, and how fast they went. */
export function sharesUntil(
  end: number,
  tasks: readonly TaskSummaryView[],
  queues: readonly { name: string; weight: number; share: number }[],
): { picked: number; tasksPerSecond: number; shares: Share[] } {
  const picked = tasks.filter(({ startedAt }) => startedAt && Date.parse(startedAt) <= end);
  const shares = queues.map(({ name, weight, share }) => ({
    queue: name,
    weight,
    expected: share,
    measured: picked.filter(({ queue }) => queue === name).length / picked.length,
  }));
  const first = Math.min(...picked.map(({ startedAt = '' }) => Date.parse(startedAt)));
  const tasksPerSecond = Math.round(picked.length / ((end - first) / 1000));
  return { picked: picked.length, tasksPerSecond, shares };
}

/** Milliseconds from being enqueued to being begun, ascending. First attempts only. */
export const pickupLatencies = (tasks: readonly TaskSummaryView[]): number[] =>
  tasks
    .filter(({ attempt }) => attempt === 1)
    .map(({ createdAt, startedAt = createdAt }) => Date.parse(startedAt) - Date.parse(createdAt))
    .sort((a, b) => a - b);

/** @param sorted ascending. @param fraction e.g. 0.99 */
export const percentile = (sorted: readonly number[], fraction: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * fraction) - 1, 0)] ?? Number.NaN;

/** Reads the usage that a process logs as it stops, from its lines. */
export function totalUsage(lines: readonly string[]): { sqsRequests: number; writeUnits: number } {
  const usages = lines.flatMap((line) => {
    const { usage } = line.startsWith('{') ? (JSON.parse(line) as { usage?: Usage }) : {};
    return usage ? [usage] : [];
  });
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    sqsRequests: sum(usages.flatMap(({ sqsRequests }) => Object.values(sqsRequests))),
    writeUnits: sum(usages.map(({ writeUnits }) => writeUnits)),
  };
}
