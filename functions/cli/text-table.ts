/** Columns as wide as they need to be, numbers to the right. */
export function textTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumber = headers.map((_, column) =>
    rows.every((row) => /^-?\d+$/.test(row[column] ?? '')),
  );
  const pad = (text: string, column: number): string =>
    isNumber[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return [headers, ...rows].map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}
