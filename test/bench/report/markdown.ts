import { checksOf, measuredOf, verdictOf } from '../checks.ts';
import type { Results, RunRecord } from '../results.ts';
import { ROUND_TRIPS, type RoundTrip, type Scenario } from '../scenarios/scenario.ts';
import { SCENARIOS } from '../scenarios/scenarios.ts';
import { type Table, tableOf } from '../table.ts';
import type { Chart } from './charts.ts';
import { CAVEATS, INTRODUCTION, METHOD, machineLines, NOTES } from './prose.ts';

/** The whole page. */
export function pageOf(results: Results, charts: readonly Chart[]): string {
  const { machine, runs, isQuick } = results;
  return `${[
    '# Benchmarks',
    ...(isQuick ? ['**These numbers are from a quick run. They only show that it works.**'] : []),
    INTRODUCTION,
    machineLines(machine),
    repeats(runs),
    '## Targets',
    'The targets were set before the first measurement. The numbers are medians of the runs. A missed target fails nothing.',
    targets(runs),
    METHOD,
    '## Results',
    ...SCENARIOS.flatMap((scenario) => sectionOf(scenario, runs, charts)),
    ...failures(runs),
    CAVEATS,
  ].join('\n\n')}\n`;
}

function repeats(runs: readonly RunRecord[]): string {
  const most = Math.max(...runs.map(({ repetition }) => repetition));
  return most === 1
    ? '**Each number is from a single run**: differences below 20 % mean nothing.'
    : `Each number is the median of up to ${most} runs.`;
}

const targets = (runs: readonly RunRecord[]): string =>
  markdownOf({
    headers: ['target', 'measured', ''],
    rows: checksOf(runs).map((check) => [check.target, measuredOf(check), verdictOf(check)]),
  });

function sectionOf(
  scenario: Scenario,
  runs: readonly RunRecord[],
  charts: readonly Chart[],
): string[] {
  const measured = ROUND_TRIPS.filter((roundTripMs) =>
    runs.some((run) => run.scenario === scenario.name && run.roundTripMs === roundTripMs),
  );
  if (measured.length === 0) return [];
  const pictures = charts.filter((chart) => chart.scenario === scenario.name);
  return [
    `### ${scenario.name}`,
    `${scenario.title}. ${NOTES[scenario.name]}`,
    ...pictures.map(({ name, alternative }) => `![${alternative}](benchmarks/${name}.svg)`),
    ...measured.flatMap((roundTripMs) => tableWith(roundTripMs, scenario, runs)),
  ];
}

const tableWith = (
  roundTripMs: RoundTrip,
  scenario: Scenario,
  runs: readonly RunRecord[],
): string[] => [
  `**${roundTripMs === 0 ? 'No delay added' : `${roundTripMs} ms added to each request`}**`,
  markdownOf(tableOf(scenario, roundTripMs, runs)),
];

export function markdownOf({ headers, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const ruler = headers.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(headers), line(ruler), ...rows.map(line)].join('\n');
}

function failures(runs: readonly RunRecord[]): string[] {
  const failed = runs.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return [];
  const lines = failed.map(
    ({ scenario, label, roundTripMs, repetition, failure }) =>
      `- ${scenario}, ${label}, ${roundTripMs} ms added, run ${repetition}: ${failure}`,
  );
  return ['### Failed runs', lines.join('\n')];
}
