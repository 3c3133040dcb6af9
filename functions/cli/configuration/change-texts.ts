import type { Finding } from '../../../shared/check/finding.ts';
import type { ConfigChange } from '../../../shared/config/config-edits.ts';
import type { Paint } from '../terminal/text.ts';
import { textTable } from '../terminal/text-table.ts';

/** One line for each setting, with its old and its new value. `undefined` is printed as `-`. */
export const changesText = (changes: readonly ConfigChange[], paint: Paint): string =>
  textTable(
    ['setting', 'from', 'to'],
    changes.map(({ setting, from, to }) => [
      setting,
      paint('red', valueText(from)),
      paint('green', valueText(to)),
    ]),
  );

/** The changes as JSON: a setting that is not set is `null`. */
export const changesJson = (changes: readonly ConfigChange[]): object[] =>
  changes.map(({ setting, from = null, to = null }) => ({ setting, from, to }));

const valueText = (value: unknown): string => (value === undefined ? '-' : String(value));

/** Two lines: what is wrong, and how to fix it. */
export function findingText({ severity, subject, message, fix }: Finding, paint: Paint): string {
  const mark = paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd('warning'.length));
  return `${mark}  ${subject}: ${message}\n         ${fix}`;
}
