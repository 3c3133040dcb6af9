import { format } from '../table.ts';
import { classOf, escaped, framed, type Plot, plotFor, type Tick } from './svg-frame.ts';

export type RangeChart = {
  readonly title: string;
  readonly subtitle: string;
  readonly axis: string;
  readonly rows: readonly { label: string; from: number; to: number }[];
};

const ROW = 34;
const MARGIN = 56;
/** Left of the first decade: there the number of a dot has room. */
const INSET = 44;

/** From one value to another on a logarithmic axis of whole decades, both with their numbers. */
export function rangeChart(chart: RangeChart): string {
  const { rows } = chart;
  const plot = plotFor(
    rows.map(({ label }) => label),
    ROW,
    MARGIN,
  );
  const first = Math.floor(Math.log10(Math.min(...rows.map(({ from }) => from))));
  const last = Math.ceil(Math.log10(Math.max(...rows.map(({ to }) => to))));
  const x = (value: number): number => {
    const part = (Math.log10(value) - first) / (last - first);
    const left = plot.left + INSET;
    return Math.round((left + part * (plot.right - left)) * 10) / 10;
  };
  const ticks: Tick[] = Array.from({ length: last - first + 1 }, (_, index) => {
    const value = 10 ** (first + index);
    return { x: x(value), text: number(value) };
  });
  const content = rows.flatMap((row, index) => drawn(row, plot, plot.top + (index + 0.5) * ROW, x));
  return framed(chart, plot, ticks, content);
}

/** The lower number stands left of its dot and the upper one right, so that they never meet. */
function drawn(
  { label, from, to }: RangeChart['rows'][number],
  { left }: Plot,
  y: number,
  x: (value: number) => number,
): string[] {
  const kind = classOf(label);
  const strong = label === 'ours' ? ' class="strong"' : '';
  return [
    `<text${strong} x="${left - 10}" y="${y + 4.5}" text-anchor="end">${escaped(label)}</text>`,
    `<line class="link ${kind}" x1="${x(from)}" x2="${x(to)}" y1="${y}" y2="${y}"/>`,
    `<circle class="${kind}" cx="${x(from)}" cy="${y}" r="5"/>`,
    `<circle class="${kind}" cx="${x(to)}" cy="${y}" r="5"/>`,
    `<text class="minor" x="${x(from) - 9}" y="${y + 4}" text-anchor="end">${number(from)}</text>`,
    `<text class="minor" x="${x(to) + 9}" y="${y + 4}">${number(to)}</text>`,
  ];
}

const number = (value: number): string => format(value, value < 10 && value % 1 !== 0 ? 1 : 0);
