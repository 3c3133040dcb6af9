import { defined } from '../defined.ts';
import { type JsonValue, jsonBytes } from '../json.ts';

export type ReportType = 'info' | 'success' | 'warning' | 'error';

/** A task's report on its run: a tree, so that each part can report on its own parts. */
export type Report = {
  readonly type: ReportType;
  readonly message: string;
  readonly data?: JsonValue;
  readonly children: readonly Report[];
};

const TYPES: readonly unknown[] = ['info', 'success', 'warning', 'error'] satisfies ReportType[];

const report =
  (type: ReportType) =>
  (message: string, data?: JsonValue, children: readonly Report[] = []): Report => {
    for (const child of children) asReport(child);
    return asReport(defined({ type, message, data, children }));
  };

/**
 * `Report.success('Imported', { rows: 41 }, [Report.warning('row 7 has no score')])`
 * @throws {TypeError} when the message is no string, or the children are no reports
 */
export const Report = {
  info: report('info'),
  success: report('success'),
  warning: report('warning'),
  error: report('error'),
};

/**
 * Returns a copy of what a handler returned, as it will be stored.
 * @throws {TypeError | RangeError} when it is no report, or no JSON: circular, endless, or with a BigInt
 */
export function validReport(returned: unknown): Report {
  const root = asReport(JSON.parse(JSON.stringify(returned) ?? 'null'));
  for (let level: readonly Report[] = [root]; level.length > 0; ) {
    level = level.flatMap(({ children }) => children.map(asReport));
  }
  return root;
}

/** Checks the outermost level. @throws {TypeError} */
function asReport(value: unknown): Report {
  const problem = problemOf(value);
  if (problem !== undefined) throw new TypeError(problem);
  return value as Report;
}

function problemOf(report: unknown): string | undefined {
  if (typeof report !== 'object' || report === null) return 'a report must be an object';
  const { type, message, children }: Partial<Record<keyof Report, unknown>> = report;
  if (!TYPES.includes(type)) return `the type of a report must be one of: ${TYPES.join(', ')}`;
  if (typeof message !== 'string') return 'the message of a report must be a string';
  return Array.isArray(children) ? undefined : 'the children of a report must be a list';
}

/** Levels of a shortened report. */
const MAX_LEVELS = 50;

/** One error anywhere in the tree makes the whole task failed. Does not recurse. */
export function containsError(root: Report): boolean {
  for (let level: readonly Report[] = [root]; level.length > 0; ) {
    if (level.some(({ type }) => type === 'error')) return true;
    level = level.flatMap(({ children }) => children);
  }
  return false;
}

/**
 * The report cut down to `maxBytes` of JSON: first the data goes, then the children from the end.
 * Says so in a warning, because a report that cannot be stored would leave its task unfinished.
 * @throws {TypeError | RangeError} when it is no JSON: circular, endless, or with a BigInt
 */
export function fitReport(full: Report, maxBytes: number): Report {
  if (jsonBytes(full) <= maxBytes) return full;
  const notice = `This report was shortened to ${maxBytes} bytes and ${MAX_LEVELS} levels.`;
  const cut = containsError(full) ? Report.error(notice) : Report.warning(notice);
  const messages = withoutData(full, maxBytes);
  const kept: Report[] = [];
  let bytes = jsonBytes({ ...messages, children: [cut] });
  for (const child of messages.children) {
    bytes += jsonBytes(child) + 1;
    if (bytes > maxBytes) break;
    kept.push(child);
  }
  return { ...messages, children: [cut, ...kept] };
}

/** Even one message alone must fit, and a character takes up to six bytes in JSON. */
const withoutData = (
  { type, message, children }: Report,
  maxBytes: number,
  levels = MAX_LEVELS,
): Report => ({
  type,
  message: message.slice(0, Math.floor(maxBytes / 16)),
  children: levels > 1 ? children.map((child) => withoutData(child, maxBytes, levels - 1)) : [],
});

const MARKS: Record<ReportType, string> = { info: '·', success: '✔', warning: '!', error: '✘' };

/** The report as indented lines for a terminal, one per message, data as compact JSON. */
export function renderReport({ type, message, data, children }: Report, indent = ''): string {
  const own = `${indent}${MARKS[type]} ${message}${data === undefined ? '' : `  ${JSON.stringify(data)}`}`;
  return [own, ...children.map((child) => renderReport(child, `${indent}  `))].join('\n');
}
