import type { Report, ReportType } from './report.ts';

const MARKS: Record<ReportType, string> = { info: '·', success: '✔', warning: '!', error: '✘' };

/** The report as indented lines for a terminal, one per message, data as compact JSON. */
export function renderReport({ type, message, data, children }: Report, indent = ''): string {
  const own = `${indent}${MARKS[type]} ${message}${data === undefined ? '' : `  ${JSON.stringify(data)}`}`;
  return [own, ...children.map((child) => renderReport(child, `${indent}  `))].join('\n');
}
