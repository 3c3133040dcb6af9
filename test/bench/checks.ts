import { type Place, type RunRecord, spreadAt } from './results.ts';
import { ROUND_TRIPS, type RoundTrip, type ScenarioName } from './scenarios/scenario.ts';
import { format } from './table.ts';

/** A target that was set before anything was measured. */
export type Check = {
  readonly target: string;
  /** `undefined`: not measured. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly isMet: boolean | undefined;
};

type Read = (
  scenario: ScenarioName,
  label: string,
  measure: string,
  roundTripMs?: RoundTrip,
) => number | undefined;

export const atMost = (
  target: string,
  value: number | undefined,
  limit: number,
  unit = '',
): Check => ({
  target,
  value,
  unit,
  isMet: value === undefined ? undefined : value <= limit,
});

export const atLeast = (
  target: string,
  value: number | undefined,
  limit: number,
  unit = '',
): Check => ({
  target,
  value,
  unit,
  isMet: value === undefined ? undefined : value >= limit,
});

export const ratio = (value: number | undefined, to: number | undefined): number | undefined =>
  value === undefined || to === undefined ? undefined : value / to;

/** Every target with what was measured: medians of the runs. */
export function checksOf(runs: readonly RunRecord[]): Check[] {
  const read: Read = (scenario, label, measure, roundTripMs = 0) => {
    const place: Place = { scenario, label, roundTripMs };
    return spreadAt(runs, place, measure)?.median;
  };
  return [...shares(read), ...waiting(read), ...speed(read)];
}

const SHARES = ['ours', 'ours 5/45/50', 'ours 1/1/1', 'ours, tasks of 2/10/50 ms'];

const added = (roundTripMs: RoundTrip): string =>
  roundTripMs === 0 ? '' : `, ${roundTripMs} ms added`;

function shares(read: Read): Check[] {
  const receives = read('saturated', 'ours', 'receivesPerTask');
  const deletes = read('saturated', 'ours', 'deletesPerTask');
  const idle = read('idle-requests', 'ours', 'requestsPerHourPerQueue');
  return [
    ...ROUND_TRIPS.flatMap((roundTripMs) => sharesWith(roundTripMs, read)),
    atMost('at most 0.12 receives a task, saturated', receives, 0.12),
    atMost('at most 0.12 deletes a task, saturated', deletes, 0.12),
    atMost('at most 190 requests an hour for an idle queue', idle, 190),
  ];
}

function sharesWith(roundTripMs: RoundTrip, read: Read): Check[] {
  const errorOf = (label: string, measure: string): number | undefined =>
    read('saturated', label, measure, roundTripMs);
  const byTime = errorOf('ours weighted-time, 2/10/50 ms', 'slotTimeErrorPoints');
  return [
    ...SHARES.map((label) =>
      atMost(
        `shares within 1 point: ${label}${added(roundTripMs)}`,
        errorOf(label, 'shareErrorPoints'),
        1,
        'points',
      ),
    ),
    atMost(`slot time within 2 points, weighted-time${added(roundTripMs)}`, byTime, 2, 'points'),
  ];
}

function waiting(read: Read): Check[] {
  const busy = (label: string): number | undefined => read('low-only', label, 'busyPercent', 10);
  const ofLane = ratio(busy('ours with lanes'), 0.9);
  const urgent = read('sparse-priority', 'ours with lanes', 'pickupP99Ms', 10);
  const pickup = read('idle-latency', 'ours', 'pickupP99Ms', 10);
  return [
    atLeast('low-only, 10 ms added: 95 % of all slots busy', busy('ours'), 95, '%'),
    atLeast('the same with lanes: 95 % of 9 of 10 slots', ofLane, 95, '%'),
    atMost('sparse priority, 10 ms added: p99 within 600 ms', urgent, 600, 'ms'),
    atMost('idle pickup, 10 ms added: p99 within 40 ms', pickup, 40, 'ms'),
  ];
}

function speed(read: Read): Check[] {
  const rate = (label: string): number | undefined => read('burn-100', label, 'tasksPerSecond');
  const cpu = (label: string): number | undefined => read('burn-100', label, 'cpuMicrosPerTask');
  const ours = rate('ours');
  const tenMs = ratio(
    read('ten-ms', 'ours', 'tasksPerSecond'),
    read('ten-ms', 'ideal', 'tasksPerSecond'),
  );
  const growth = read('memory', 'ours', 'growthPercent');
  return [
    atLeast('burn-100: at least 0.85 × raw', ratio(ours, rate('raw')), 0.85, '×'),
    atLeast('burn-100: at least 1.5 × sqs-consumer', ratio(ours, rate('sqs-consumer')), 1.5, '×'),
    atLeast(
      'burn-100: at least 1.2 × sqs-consumer-batch',
      ratio(ours, rate('sqs-consumer-batch')),
      1.2,
      '×',
    ),
    atMost('burn-100: CPU per task at most 1.5 × raw', ratio(cpu('ours'), cpu('raw')), 1.5, '×'),
    atLeast('ten-ms: at least 90 % of the ideal', tenMs && tenMs * 100, 90, '%'),
    {
      ...atMost('200,000 tasks: heap grows by less than 10 %', growth, 10, '%'),
      isMet: growth === undefined ? undefined : growth < 10,
    },
  ];
}

export const measuredOf = ({ value, unit }: Check): string =>
  value === undefined ? 'not measured' : `${format(value, 2)} ${unit}`.trim();

export function verdictOf({ isMet }: Check): string {
  if (isMet === undefined) return '–';
  return isMet ? 'met' : 'not met';
}

export const printedChecks = (checks: readonly Check[], isQuick: boolean): string =>
  [
    isQuick ? 'Targets, of which a quick run says nothing' : 'Targets',
    ...checks.map(
      (check) =>
        `  ${check.target.padEnd(56)} ${measuredOf(check).padStart(14)}  ${verdictOf(check)}`,
    ),
  ].join('\n');
