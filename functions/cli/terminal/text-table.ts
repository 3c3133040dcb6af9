import { stripVTControlCharacters } from 'node:util';

/** Columns as wide as they need to be, numbers to the right. Cells may be painted. */
export function textTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headers.map((header, column) =>
    Math.max(width(header), ...rows.map((row) => width(row[column] ?? ''))),
  );
  const isNumber = headers.map((_, column) =>
    rows.every((row) => /^-?[\d,.]+ ?%?$/.test(stripVTControlCharacters(row[column] ?? ''))),
  );
  const pad = (text: string, column: number): string => {
    const space = ' '.repeat((widths[column] ?? 0) - width(text));
    return isNumber[column] ? space + text : text + space;
  };
  return [headers, ...rows].map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

const width = (text: string): number => stripVTControlCharacters(text).length;
