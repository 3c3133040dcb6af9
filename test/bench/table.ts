import { type RunRecord, spreadAt } from './results.ts';
import type { Column, RoundTrip, Scenario } from './scenarios/scenario.ts';
import type { Spread } from './statistics.ts';

export type Table = { readonly headers: readonly string[]; readonly rows: readonly string[][] };

/** The medians of one scenario, with only those lines and columns that have numbers. */
export function tableOf(
  scenario: Scenario,
  roundTripMs: RoundTrip,
  runs: readonly RunRecord[],
): Table {
  const spread = (label: string, measure: string): Spread | undefined =>
    spreadAt(runs, { scenario: scenario.name, label, roundTripMs }, measure);
  const labels = scenario.entries
    .map(({ label }) => label)
    .filter((label) =>
      runs.some(
        (run) =>
          run.scenario === scenario.name && run.label === label && run.roundTripMs === roundTripMs,
      ),
    );
  const columns = scenario.columns.filter(({ measure, relativeTo }) =>
    (relativeTo === undefined ? labels : [relativeTo]).some((label) => spread(label, measure)),
  );
  return {
    headers: ['', ...columns.map(({ header }) => header)],
    rows: labels.map((label) => [label, ...columns.map((column) => cell(column, label, spread))]),
  };
}

function cell(
  { measure, digits, relativeTo, isPercent, hasSpread }: Column,
  label: string,
  spread: (label: string, measure: string) => Spread | undefined,
): string {
  const value = spread(label, measure);
  if (!value) return '–';
  if (relativeTo !== undefined) {
    const base = spread(relativeTo, measure)?.median ?? Number.NaN;
    return format((value.median / base) * (isPercent ? 100 : 1), digits);
  }
  const median = format(value.median, digits);
  if (!hasSpread || value.min === value.max) return median;
  return `${median} (${format(value.min, digits)}–${format(value.max, digits)})`;
}

export const format = (value: number, digits: number): string =>
  value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** For a terminal: names to the left, numbers to the right. */
export function printed({ headers, rows }: Table): string {
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headers, ...rows]
    .map((row) =>
      row
        .map((text, column) =>
          column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}
