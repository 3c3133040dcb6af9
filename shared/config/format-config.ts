const WIDTH = 100;
const INDENT = 2;

/** What people edit line by line: it is never put on one. */
const SPREAD = ['', 'queues', 'taskQueues'];

/**
 * JSON as it is written by hand: what fits on a line is on one. @param before the text that it
 * replaces: if each value had a line of its own in there, each keeps it
 */
export function formatConfig(value: object, before = ''): string {
  const isSpread = before !== '' && before.trim() === spreadOut(JSON.parse(before));
  return `${isSpread ? spreadOut(value) : format(value, '', 0)}\n`;
}

const spreadOut = (value: unknown): string => JSON.stringify(value, null, INDENT);

function format(value: unknown, key: string, column: number, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const short = onOneLine(value);
  if (!SPREAD.includes(key) && column + short.length < WIDTH) return short;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const deeper = indent + ' '.repeat(INDENT);
  const lines = Object.entries(value).map(([name, item]) => {
    const label = Array.isArray(value) ? '' : `${JSON.stringify(name)}: `;
    const start = deeper + label;
    return start + format(item, Array.isArray(value) ? '[]' : name, start.length, deeper);
  });
  return lines.length === 0 ? short : `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  const fields = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${onOneLine(item)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
