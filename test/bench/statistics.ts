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
  const sorted = pickupsMs.toSorted((a, b) => a - b);
  return {
    pickups: sorted.length,
    pickupP50Ms: percentile(sorted, 0.5),
    pickupP99Ms: percentile(sorted, 0.99),
    pickupMaxMs: percentile(sorted, 1),
  };
}

/** @param sorted ascending. @param fraction e.g. 0.99 */
const percentile = (sorted: readonly number[], fraction: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * fraction) - 1, 0)] ?? Number.NaN;
