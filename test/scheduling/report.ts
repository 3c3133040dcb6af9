import { barChart } from '../bench/report/bar-chart.ts';
import {
  isKept,
  type Measured,
  numberText,
  readBefore,
  readDoc,
  readResults,
  writeDoc,
} from './results.ts';

const PAGE = 'scheduling.md';
const BEGIN = '<!-- Written by npm run sim -- --report -->';
const END = '<!-- The end of what npm run sim -- --report writes -->';

/** By the first word of a check's name. */
const PROMISES: Readonly<Record<string, string>> = {
  'prefix error':
    'After any number of selections, each queue has had its share, to within one task',
  'selection time': 'A selection costs microseconds, also with 500 queues',
  'first important task': 'After a start, a pause or an idle time, important work goes next',
  shares: 'Shares are those of the weights, whatever the answers of the broker',
  leak: 'Lower tiers get nothing while higher ones have tasks',
  'slot time': '`weighted-time` shares the time of the slots, also with rare long tasks',
  urgent: 'Important work starts at once, whatever else is backlogged',
  'idle fleet': 'No task waits while a slot of the fleet is free',
  'beside a free slot': 'A received task goes back if another worker could start it',
  requeues: 'Tasks seldom go back to their queue',
  receives: 'Requests per task stay low',
  change: 'New weights hold after a second',
  'catching up': 'A queue that was empty does not block the others',
  lanes: 'Lanes keep no slot for a queue that is paused',
};

type Chart = { readonly group: string; readonly title: string; readonly axis: string };

const CHARTS: readonly Chart[] = [
  {
    group: 'urgent',
    title: 'Wait of urgent tasks while light queues have a backlog',
    axis: 'seconds, 99th percentile, less is better',
  },
  {
    group: 'idle fleet',
    title: 'As many tasks as free slots: time until all have ended',
    axis: 'times the ideal, less is better',
  },
  {
    group: 'shares',
    title: 'Largest distance of a share from its weight',
    axis: 'percentage points, less is better',
  },
  {
    group: 'slot time',
    title: 'Largest distance of a share of slot time from its weight',
    axis: 'percentage points, less is better',
  },
];

const groupOf = ({ name }: Measured): string => name.slice(0, name.indexOf('/'));
const scenarioOf = ({ name }: Measured): string => name.slice(name.indexOf('/') + 1);

/** Writes the table and the charts of docs/scheduling.md from the saved results. */
export function writeReport(): void {
  const results = readResults();
  const before = new Map(readBefore().map((result) => [result.name, result]));
  const measured = new Set(results.map(groupOf));
  for (const chart of CHARTS.filter(({ group }) => measured.has(group))) {
    writeDoc(`scheduling/${fileOf(chart)}`, drawn(chart, results, before));
  }
  const page = readDoc(PAGE);
  const section = `${BEGIN}\n\n${sectionOf(results, before)}\n\n${END}`;
  const [head = '', rest = ''] = page.split(BEGIN);
  const [, tail = '\n'] = rest.split(END);
  writeDoc(PAGE, `${head || '# Scheduling\n\n'}${section}${tail}`);
}

const fileOf = ({ group }: Chart): string => `${group.replaceAll(' ', '-')}.svg`;

type Before = ReadonlyMap<string, Measured>;

function drawn({ group, title, axis }: Chart, results: readonly Measured[], before: Before) {
  const rows = results.filter((result) => groupOf(result) === group);
  return barChart({
    title,
    subtitle: 'upper bar: now · lower, lighter bar: before · the worst of all seeds',
    axis,
    digits: 2,
    rows: rows.map((result) => ({
      label: scenarioOf(result),
      values: [result, before.get(result.name)].map((one) => one?.worst ?? undefined),
    })),
  });
}

function sectionOf(results: readonly Measured[], before: Before): string {
  const kept = results.filter(isKept).length;
  const seeds = Math.max(...results.map((result) => result.seeds));
  const groups = [...Map.groupBy(results, groupOf)];
  const tables = groups.map(([group, ofGroup]) => {
    const chart = CHARTS.find((one) => one.group === group);
    const picture = chart ? [`![${chart.title}](scheduling/${fileOf(chart)})`, ''] : [];
    return [`### ${PROMISES[group] ?? group}`, '', ...picture, tableOf(ofGroup, before)].join('\n');
  });
  return [
    `${kept} of ${results.length} scenarios keep their bound. Worst of ${seeds} seeds each, in virtual time.`,
    ...tables,
  ].join('\n\n');
}

function tableOf(results: readonly Measured[], before: Before): string {
  const rows = results.map((result) => {
    const { limit, unit, worst, name } = result;
    const now = `${numberText(worst)}${isKept(result) ? '' : ' (not kept)'}`;
    const old = numberText(before.get(name)?.worst);
    return `| ${scenarioOf(result)} | ≤ ${numberText(limit)} ${unit} | ${old} | ${now} |`;
  });
  return ['| scenario | bound | before | now |', '| --- | --- | ---: | ---: |', ...rows].join('\n');
}
