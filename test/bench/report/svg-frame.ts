/** Where the plot is inside a picture, in pixels. */
export type Plot = {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
};

export const WIDTH = 760;
const CHARACTER = 6.9;
const TITLE_HEIGHT = 56;
const AXIS_HEIGHT = 46;

// Readable on white and on black pages; text turns lighter where the reader prefers dark.
const STYLE = `
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #424a53 }
    .title { font-size: 15px; font-weight: 600 }
    .minor { font-size: 12px; fill: #6e7781 }
    .strong { font-weight: 600 }
    .grid { stroke: #8c959f; stroke-opacity: .3 }
    .ours { fill: #2f81f7 }
    .other { fill: #8c959f }
    .second { fill-opacity: .5 }
    .link { stroke-width: 4; stroke-opacity: .45 }
    .link.ours { stroke: #2f81f7 }
    .link.other { stroke: #8c959f }
    .limit { stroke: #cf222e; stroke-dasharray: 4 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #c9d1d9 }
      .minor { fill: #9198a1 }
    }`;

/** Ours stands out. */
export const classOf = (label: string): string => (label.startsWith('ours') ? 'ours' : 'other');

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const widthOf = (text: string): number => text.length * CHARACTER;

/** The room for rows of this height, right of the longest label. @param margin for what stands at their ends */
export function plotFor(labels: readonly string[], rowHeight: number, margin: number): Plot {
  const left = Math.ceil(Math.max(...labels.map(widthOf))) + 20;
  const bottom = TITLE_HEIGHT + labels.length * rowHeight;
  return { left, right: WIDTH - margin, top: TITLE_HEIGHT, bottom };
}

export type Tick = { readonly x: number; readonly text: string };

/** A picture with title, subtitle, vertical grid lines and the name of its axis. */
export function framed(
  { title, subtitle, axis }: { title: string; subtitle: string; axis: string },
  { left, right, top, bottom }: Plot,
  ticks: readonly Tick[],
  content: readonly string[],
): string {
  const height = bottom + AXIS_HEIGHT;
  const grid = ticks.flatMap(({ x, text }) => [
    `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>`,
    `<text class="minor" x="${x}" y="${bottom + 16}" text-anchor="middle">${escaped(text)}</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `  <style>${STYLE}\n  </style>`,
    `  <text class="title" x="8" y="20">${escaped(title)}</text>`,
    `  <text class="minor" x="8" y="39">${escaped(subtitle)}</text>`,
    ...[...grid, ...content].map((line) => `  ${line}`),
    `  <text class="minor" x="${(left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${escaped(axis)}</text>`,
    '</svg>\n',
  ].join('\n');
}
