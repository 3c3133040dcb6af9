import { type RunRecord, spreadAt } from '../results.ts';
import type { RoundTrip, ScenarioName } from '../scenarios/scenario.ts';
import { SCENARIOS } from '../scenarios/scenarios.ts';
import { type BarChart, barChart } from './bar-chart.ts';
import { type RangeChart, rangeChart } from './range-chart.ts';

export type Chart = {
  /** Without `.svg`. */
  readonly name: string;
  readonly scenario: ScenarioName;
  /** The alternative text, for readers who cannot see the chart. */
  readonly alternative: string;
  readonly svg: string;
};

const BOTH = 'upper bar: no delay added · lower, lighter bar: 10 ms added to each request';

type Values = { readonly label: string; readonly values: readonly (number | undefined)[] };

/** The charts for which there are numbers. */
export function chartsOf(runs: readonly RunRecord[]): Chart[] {
  const charts = [
    rateChart(runs),
    cpuChart(runs),
    idlePickupChart(runs),
    shareChart(runs),
    busyChart(runs),
    urgentPickupChart(runs),
  ];
  return charts.flatMap((chart) => chart ?? []);
}

const rateChart = (runs: readonly RunRecord[]): Chart | undefined =>
  bars('rate', 'burn-100', {
    title: 'No-ops per second, 100 at once',
    subtitle: BOTH,
    axis: 'tasks a second, more is better',
    digits: 0,
    // With it the others would look alike; it is in the table.
    rows: medians(runs, 'burn-100', 'tasksPerSecond', [0, 10]).filter(
      ({ label }) => label !== 'http',
    ),
  });

const cpuChart = (runs: readonly RunRecord[]): Chart | undefined =>
  bars('cpu', 'burn-100', {
    title: 'CPU time per no-op, 100 at once',
    subtitle: 'user and system time of the consumer’s process, no delay added',
    axis: 'microseconds a task, less is better',
    digits: 0,
    rows: medians(runs, 'burn-100', 'cpuMicrosPerTask', [0]),
  });

const shareChart = (runs: readonly RunRecord[]): Chart | undefined =>
  bars('shares', 'saturated', {
    title: 'Largest distance of a queue’s share from its weight',
    subtitle: `${BOTH} · dashed: 1 point`,
    axis: 'percentage points, less is better',
    digits: 2,
    limit: 1,
    rows: medians(runs, 'saturated', 'shareErrorPoints', [0, 10]).filter(
      // Its shares are of time: the table has them.
      ({ label }) => !label.includes('weighted-time'),
    ),
  });

const busyChart = (runs: readonly RunRecord[]): Chart | undefined =>
  bars('slots-busy', 'low-only', {
    title: 'Busy slots while only the lightest queue has tasks',
    subtitle: BOTH,
    axis: 'percent of the time of 10 slots, more is better',
    digits: 1,
    rows: medians(runs, 'low-only', 'busyPercent', [0, 10]),
  });

const idlePickupChart = (runs: readonly RunRecord[]): Chart | undefined =>
  ranges('pickup-idle', 'idle-latency', runs, {
    title: 'Time from sending a task to its start, all queues idle',
    subtitle: 'left dot: median · right dot: 99th percentile · 10 ms added to each request',
  });

const urgentPickupChart = (runs: readonly RunRecord[]): Chart | undefined =>
  ranges('pickup-busy', 'sparse-priority', runs, {
    title: 'Time from sending an urgent task to its start, among light tasks of 2 s',
    subtitle: 'left dot: median · right dot: 99th percentile · 10 ms added to each request',
  });

function bars(name: string, scenario: ScenarioName, chart: BarChart): Chart | undefined {
  if (!chart.rows.some(({ values }) => values.some((value) => value !== undefined))) return;
  return { name, scenario, alternative: chart.title, svg: barChart(chart) };
}

function ranges(
  name: string,
  scenario: ScenarioName,
  runs: readonly RunRecord[],
  texts: Pick<RangeChart, 'title' | 'subtitle'>,
): Chart | undefined {
  // A run without delay is all there is after a quick one.
  const roundTripMs = runs.some((run) => run.roundTripMs === 10) ? 10 : 0;
  const p50 = medians(runs, scenario, 'pickupP50Ms', [roundTripMs]);
  const p99 = medians(runs, scenario, 'pickupP99Ms', [roundTripMs]);
  const rows = p50.flatMap(({ label, values: [from] }, index) => {
    const to = p99[index]?.values[0];
    return from === undefined || to === undefined ? [] : [{ label, from, to }];
  });
  if (rows.length === 0) return;
  const axis = 'milliseconds on a logarithmic scale, less is better';
  return { name, scenario, alternative: texts.title, svg: rangeChart({ ...texts, axis, rows }) };
}

/** One value for each round trip, of every entry. */
function medians(
  runs: readonly RunRecord[],
  scenario: ScenarioName,
  measure: string,
  roundTrips: readonly RoundTrip[],
): Values[] {
  const entries = SCENARIOS.find(({ name }) => name === scenario)?.entries ?? [];
  return entries.map(({ label }) => ({
    label,
    values: roundTrips.map(
      (roundTripMs) => spreadAt(runs, { scenario, label, roundTripMs }, measure)?.median,
    ),
  }));
}
