import { stripVTControlCharacters } from 'node:util';

type Row = readonly string[];

const GAP = '  ';

/** A table with columns as wide as needed and numbers to the right. Cells may be painted. */
export function textTable(headers: Row, rows: readonly Row[]): string {
  const widths = widthsOf([headers, ...rows]);
  const isNumber = headers.map((_, column) =>
    rows.every((row) => /^-?[\d,.]+ ?%?$/.test(stripVTControlCharacters(row[column] ?? ''))),
  );
  const pad = (text: string, column: number): string => {
    const space = ' '.repeat((widths[column] ?? 0) - width(text));
    return isNumber[column] ? space + text : text + space;
  };
  return [headers, ...rows].map((row) => `${row.map(pad).join(GAP).trimEnd()}\n`).join('');
}

/** How many columns of the terminal a table takes. */
export const tableWidth = (rows: readonly Row[]): number =>
  widthsOf(rows).reduce((sum, each) => sum + each + GAP.length, -GAP.length);

const widthsOf = (rows: readonly Row[]): number[] =>
  (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));

const width = (text: string): number => stripVTControlCharacters(text).length;
