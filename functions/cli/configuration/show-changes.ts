import type { ConfigChange } from '../../../shared/config/config-edits.ts';
import { paint } from '../terminal/paint.ts';
import { textTable } from '../terminal/text-table.ts';

/** A line for each setting: what it was, what it is. `undefined` is shown as `-`. */
export const changesText = (changes: readonly ConfigChange[]): string =>
  textTable(
    ['setting', 'from', 'to'],
    changes.map(({ setting, from, to }) => [
      setting,
      paint('red', valueText(from)),
      paint('green', valueText(to)),
    ]),
  );

/** The same for machines: what is not set is `null`. */
export const changesJson = (changes: readonly ConfigChange[]): object[] =>
  changes.map(({ setting, from = null, to = null }) => ({ setting, from, to }));

const valueText = (value: unknown): string => (value === undefined ? '-' : String(value));
