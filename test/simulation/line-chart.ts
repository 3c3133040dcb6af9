import { escaped, framed, type Plot, WIDTH } from '../bench/report/svg-frame.ts';
import { format } from '../bench/table.ts';

export type Line = {
  readonly label: string;
  /** One value a minute. */
  readonly values: readonly number[];
};

export type LineChart = {
  readonly title: string;
  readonly subtitle: string;
  /** Minutes between two marks of the axis. */
  readonly tickMinutes: number;
  /** In steps, with its scale on the left. */
  readonly steps: Line;
  /** As an area behind it, with its scale on the right. */
  readonly area: Line;
};

const PLOT: Plot = { left: 44, right: WIDTH - 84, top: 56, bottom: 216 };
const POINTS = 400;
const HEIGHT = PLOT.bottom - PLOT.top;

/** Two series over the same minutes, each from zero to its largest value. */
export function lineChart({ steps, area, tickMinutes, ...texts }: LineChart): string {
  const minutes = steps.values.length - 1;
  const x = (minute: number): number =>
    round(PLOT.left + (minute / minutes) * (PLOT.right - PLOT.left));
  const yOf = ({ values }: Line) => {
    const largest = Math.max(...values, 1);
    return (value: number): number => round(PLOT.bottom - (value / largest) * HEIGHT);
  };
  const [yOfStep, yOfArea] = [yOf(steps), yOf(area)];
  const stepPath = steps.values.map((value, minute) => {
    if (minute === 0) return `M${x(0)} ${yOfStep(value)}`;
    const isSame = value === steps.values[minute - 1] && minute < minutes;
    return isSame ? '' : `H${x(minute)}V${yOfStep(value)}`;
  });
  // The largest of the minutes that share a point.
  const width = Math.ceil(area.values.length / POINTS);
  const areaPath = Array.from({ length: Math.ceil(area.values.length / width) }, (_, index) => {
    const largest = Math.max(...area.values.slice(index * width, (index + 1) * width));
    return `L${x(Math.min(index * width, minutes))} ${yOfArea(largest)}`;
  });
  const ticks = Array.from({ length: Math.floor(minutes / tickMinutes) + 1 }, (_, index) => ({
    x: x(index * tickMinutes),
    text: timeOf(index * tickMinutes),
  }));
  const content = [
    `<path class="other second" d="M${PLOT.left} ${PLOT.bottom}${areaPath.join('')}V${PLOT.bottom}Z"/>`,
    `<path class="link ours" style="fill:none;stroke-width:2;stroke-opacity:1" d="${stepPath.join('')}"/>`,
    ...scale(steps, PLOT.left - 8, 'end'),
    ...scale(area, PLOT.right + 8, 'start'),
  ];
  const axis = `hours:minutes · line: ${steps.label}, left · area: ${area.label}, right`;
  return framed({ ...texts, axis }, PLOT, ticks, content);
}

const scale = ({ values }: Line, x: number, anchor: string): string[] =>
  [Math.max(...values, 1), 0].map((value, index) => {
    const y = index === 0 ? PLOT.top + 10 : PLOT.bottom;
    return `<text class="minor" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(format(value, 0))}</text>`;
  });

const round = (value: number): number => Math.round(value * 10) / 10;

const timeOf = (minute: number): string =>
  `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
