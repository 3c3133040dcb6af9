import { Report } from '../../../shared/report/report.ts';
import { computeStatistics } from './contract.ts';

export const computeStatisticsHandler = computeStatistics.handledBy(
  async ({ parameters: { values } }) => {
    const sorted = values.toSorted((a, b) => a - b);
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
    return Report.success(`Statistics of ${values.length} values`, {
      count: sorted.length,
      mean,
      median: medianOf(sorted),
      standardDeviation: Math.sqrt(variance),
      minimum: sorted.at(0) ?? null,
      maximum: sorted.at(-1) ?? null,
    });
  },
);

/** @param sorted ascending, at least one */
function medianOf(sorted: readonly number[]): number {
  const upper = Math.floor(sorted.length / 2);
  const lower = Math.floor((sorted.length - 1) / 2);
  return ((sorted[lower] ?? 0) + (sorted[upper] ?? 0)) / 2;
}
