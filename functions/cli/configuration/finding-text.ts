import type { Finding } from '../../../shared/check/finding.ts';
import { paint } from '../terminal/paint.ts';

/** Two lines: what is wrong, and what to do about it. */
export function findingText({ severity, subject, message, fix }: Finding): string {
  const mark = paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd('warning'.length));
  return `${mark}  ${subject}: ${message}\n         ${fix}`;
}
