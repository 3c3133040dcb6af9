import { format } from '../table.ts';
import { classOf, escaped, framed, type Plot, plotFor, type Tick } from './svg-frame.ts';

export type BarChart = {
  readonly title: string;
  readonly subtitle: string;
  /** Label of the axis, with the unit. */
  readonly axis: string;
  /** One bar for each series, in the order of the subtitle; `undefined` where nothing was measured. */
  readonly rows: readonly { label: string; values: readonly (number | undefined)[] }[];
  /** Decimal places of the numbers at the bars. */
  readonly digits: number;
  /** A target, drawn across. */
  readonly limit?: number;
};

const BAR = 15;
const GAP = 11;
const MARGIN = 76;
const NUMBER_WIDTH = 40;
const MOST_TICKS = 6;

/** Horizontal bars with their values; rows without any value are left out. */
export function barChart(chart: BarChart): string {
  const rows = chart.rows.filter(({ values }) => values.some((value) => value !== undefined));
  const series = Math.max(...rows.map(({ values }) => values.length));
  const rowHeight = series * BAR + GAP;
  const plot = plotFor(
    rows.map(({ label }) => label),
    rowHeight,
    MARGIN,
  );
  const largest = Math.max(...rows.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const scale = (plot.right - plot.left) / largest;
  const bars = rows.flatMap((row, index) =>
    drawn(row, plot.top + index * rowHeight + GAP / 2, { chart, plot, scale, series }),
  );
  return framed(chart, plot, ticksTo(largest, plot, scale), [
    ...limitLine(chart.limit, plot, scale),
    ...bars,
  ]);
}

function drawn(
  { label, values }: BarChart['rows'][number],
  top: number,
  { chart, plot, scale, series }: { chart: BarChart; plot: Plot; scale: number; series: number },
): string[] {
  const middle = top + (series * BAR) / 2 + 4.5;
  const strong = label === 'ours' ? ' class="strong"' : '';
  return [
    `<text${strong} x="${plot.left - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
    ...values.flatMap((value, index) => {
      if (value === undefined) return [];
      const y = top + index * BAR;
      const width = Math.max(value * scale, 1).toFixed(1);
      const kind = `${classOf(label)}${index > 0 ? ' second' : ''}`;
      const end = besideLimit(plot.left + Number(width) + 6, chart.limit, plot, scale);
      return [
        `<rect class="${kind}" x="${plot.left}" y="${y}" width="${width}" height="${BAR - 2}" rx="2"/>`,
        `<text class="minor" x="${end}" y="${y + 11}">${format(value, chart.digits)}</text>`,
      ];
    }),
  ];
}

/** Where a number is to stand, so that the line of the limit does not go through it. */
function besideLimit(x: number, limit: number | undefined, plot: Plot, scale: number): number {
  const line = plot.left + (limit ?? Number.NEGATIVE_INFINITY) * scale;
  return line >= x - 4 && line <= x + NUMBER_WIDTH ? line + 5 : x;
}

function limitLine(limit: number | undefined, plot: Plot, scale: number): string[] {
  if (limit === undefined) return [];
  const x = plot.left + limit * scale;
  return [`<line class="limit" x1="${x}" x2="${x}" y1="${plot.top}" y2="${plot.bottom}"/>`];
}

/** Round numbers from 0 up. */
function ticksTo(largest: number, plot: Plot, scale: number): Tick[] {
  const magnitude = 10 ** Math.floor(Math.log10(largest / MOST_TICKS));
  const step =
    [1, 2, 5, 10].map((factor) => factor * magnitude).find((s) => largest / s <= MOST_TICKS) ??
    largest;
  const digits = Math.max(-Math.floor(Math.log10(step)), 0);
  return Array.from({ length: Math.floor(largest / step) + 1 }, (_, index) => ({
    x: plot.left + index * step * scale,
    text: format(index * step, digits),
  }));
}
