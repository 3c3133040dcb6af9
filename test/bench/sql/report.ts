import { type Check, measuredOf, verdictOf } from '../checks.ts';
import type { Spread } from '../statistics.ts';
import { format, printed, type Table } from '../table.ts';
import type { Part } from './options.ts';
import { spreadAt, type TrialRecord } from './results.ts';

type Column = {
  readonly header: string;
  readonly value: string;
  readonly digits: number;
  readonly hasSpread?: boolean;
};

const COLUMNS: Record<Part, readonly Column[]> = {
  enqueue: [
    { header: 'one at a time', value: 'onePerSecond', digits: 0 },
    { header: '100 in flight', value: 'togetherPerSecond', digits: 0 },
    { header: 'in bulk', value: 'bulkPerSecond', digits: 0, hasSpread: true },
  ],
  'burn-down': [
    { header: 'tasks/s', value: 'tasksPerSecond', digits: 0, hasSpread: true },
    { header: 'the first as many', value: 'coldPerSecond', digits: 0 },
    { header: 'CPU µs/task', value: 'cpuMicrosPerTask', digits: 0 },
  ],
  latency: [
    { header: 'p50 ms', value: 'pickupP50Ms', digits: 1 },
    { header: 'p99 ms', value: 'pickupP99Ms', digits: 1, hasSpread: true },
    { header: 'max ms', value: 'pickupMaxMs', digits: 1 },
  ],
  idle: [{ header: 'statements/min', value: 'statementsPerMinute', digits: 1 }],
  claims: [
    { header: 'claimed/s', value: 'claimedPerSecond', digits: 0, hasSpread: true },
    { header: 'claim p50 ms', value: 'claimP50Ms', digits: 2 },
    { header: 'p99 ms', value: 'claimP99Ms', digits: 2 },
    { header: 'max ms', value: 'claimMaxMs', digits: 1 },
    { header: 'pages', value: 'pagesPerClaim', digits: 0 },
    { header: 'autovacuums', value: 'autovacuums', digits: 0 },
    { header: 'dead rows', value: 'deadRows', digits: 0 },
    { header: 'table MiB', value: 'tableMib', digits: 0 },
    { header: 'indexes MiB', value: 'indexMib', digits: 0 },
  ],
};

export type TitledTable = Table & { readonly part: Part };

/** Every table, with the ratio of its main number to that of ours. */
export function tablesOf(trials: readonly TrialRecord[]): TitledTable[] {
  const byTitle = Map.groupBy(trials, ({ title }) => title);
  return [...byTitle].map(([title, of]) => tableOf(title, of));
}

function tableOf(title: string, trials: readonly TrialRecord[]): TitledTable {
  const part = trials[0]?.part ?? 'enqueue';
  const columns = COLUMNS[part];
  const labels = [...new Set(trials.map(({ label }) => label))];
  const main = columns.find(({ hasSpread }) => hasSpread) ?? columns[0];
  const base = labels.includes('ours') ? 'ours' : (labels[0] ?? '');
  const median = (label: string): number =>
    spreadAt(trials, { title, label }, main?.value ?? '')?.median ?? Number.NaN;
  return {
    part,
    headers: [title, ...columns.map(({ header }) => header), `${main?.header} ÷ ${base}`],
    rows: labels.map((label) => [
      label,
      ...columns.map((column) => cellOf(column, spreadAt(trials, { title, label }, column.value))),
      format(median(label) / median(base), 2),
    ]),
  };
}

function cellOf({ digits, hasSpread }: Column, spread: Spread | undefined): string {
  if (!spread) return '–';
  const median = format(spread.median, digits);
  if (!hasSpread || spread.min === spread.max) return median;
  return `${median} (${format(spread.min, digits)}–${format(spread.max, digits)})`;
}

/** The compact table of what was to be reached. */
export const printedTargets = (checks: readonly Check[], isQuick: boolean): string =>
  [
    isQuick ? 'Targets, of which a quick run says nothing' : 'Targets',
    printed({
      headers: ['', 'measured', ''],
      rows: checks.map((check) => [check.target, measuredOf(check), verdictOf(check)]),
    }),
  ].join('\n');
