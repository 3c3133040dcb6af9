import { atLeast, atMost, type Check, ratio } from '../checks.ts';
import { spreadAt, type TrialRecord } from './results.ts';

/** Every target with what was measured: ratios of the medians of one run. */
export function targetsOf(trials: readonly TrialRecord[]): Check[] {
  const read = (title: string, label: string, value: string): number | undefined =>
    spreadAt(trials, { title, label }, value)?.median;
  const rate = (label: string): number | undefined =>
    read('burn-down, 100 at once', label, 'tasksPerSecond');
  const bulk = (label: string): number | undefined =>
    read('enqueue, tasks/s', label, 'bulkPerSecond');
  const p99 = (label: string): number | undefined =>
    read('pickup of a single task, idle', label, 'pickupP99Ms');
  const difference = (of: number | undefined, to: number | undefined): number | undefined =>
    of === undefined || to === undefined ? undefined : of - to;
  const claims = trials.filter(({ part }) => part === 'claims');
  const [few, ...others] = [...new Set(claims.map(({ label }) => label))];
  const claimed = (label: string | undefined): number | undefined =>
    label === undefined ? undefined : read('claims of 100 by ours', label, 'claimedPerSecond');
  return [
    atLeast(
      'burn-down at 100: at least 1 × graphile-worker in its fastest mode',
      ratio(rate('ours'), rate('graphile-worker-batch')),
      1,
      '×',
    ),
    atLeast(
      'burn-down at 100: at least 1.5 × pg-boss in its fastest mode',
      ratio(rate('ours'), rate('pg-boss-batch')),
      1.5,
      '×',
    ),
    atLeast(
      'enqueue in bulk: at least 0.8 × the raw multi-row insert',
      ratio(bulk('ours'), bulk('raw-same-table')),
      0.8,
      '×',
    ),
    atMost(
      'idle: at most 2 statements a minute',
      read('idle, statements a minute', 'ours', 'statementsPerMinute'),
      2,
    ),
    atMost(
      'pickup p99: within 10 ms of a bare NOTIFY',
      difference(p99('ours'), p99('notify')),
      10,
      'ms',
    ),
    ...others.map((label) =>
      atLeast(
        `claims, ${label}: at least 0.9 × those of ${few}`,
        ratio(claimed(label), claimed(few)),
        0.9,
        '×',
      ),
    ),
  ];
}
