import { measuredOf, verdictOf } from '../checks.ts';
import { markdownOf } from '../report/markdown.ts';
import { machineLines } from '../report/prose.ts';
import { NOTES, SQL_CAVEATS, SQL_CONTENDERS, SQL_INTRODUCTION } from './prose.ts';
import { type TitledTable, tablesOf } from './report.ts';
import type { SqlResults } from './results.ts';
import { targetsOf } from './targets.ts';

/** docs/benchmarks/sql.md. */
export function sqlPageOf({ machine, trials, isQuick }: SqlResults): string {
  const most = Math.max(...trials.map(({ trial }) => trial));
  return `${[
    SQL_INTRODUCTION,
    ...(isQuick ? ['**These numbers are from a quick run. They only show that it works.**'] : []),
    machineLines(machine),
    `Each number is the median of up to ${most} trials, with the lowest and the highest in parentheses.`,
    '## Targets',
    markdownOf({
      headers: ['target', 'measured', ''],
      rows: targetsOf(trials).map((check) => [check.target, measuredOf(check), verdictOf(check)]),
    }),
    SQL_CONTENDERS,
    '## Results',
    ...tablesOf(trials).flatMap(sectionOf),
    SQL_CAVEATS,
  ].join('\n\n')}\n`;
}

const sectionOf = ({ part, headers, rows }: TitledTable): string[] => [
  `### ${headers[0]}`,
  NOTES[part],
  markdownOf({ headers: ['', ...headers.slice(1)], rows }),
];
