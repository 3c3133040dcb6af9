export type Spread = { readonly median: number; readonly min: number; readonly max: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? upper;
  return {
    median: sorted.length % 2 === 1 ? upper : (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** The three that describe waiting times. */
export function pickupMeasures(pickupsMs: readonly number[]): Record<string, number> {
  const { p50: pickupP50Ms, p99: pickupP99Ms, max: pickupMaxMs } = percentilesOf(pickupsMs);
  return { pickups: pickupsMs.length, pickupP50Ms, pickupP99Ms, pickupMaxMs };
}

type Percentiles = { readonly p50: number; readonly p99: number; readonly max: number };

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  };
}

/** @param sorted ascending. @param fraction e.g. 0.99 */
const percentile = (sorted: readonly number[], fraction: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * fraction) - 1, 0)] ?? Number.NaN;
