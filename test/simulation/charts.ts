import { scalingPolicyFor } from '../../shared/deployment/scaling.ts';
import { burst, type Curve, dailyWave, spikes } from './curves.ts';
import { lineChart } from './line-chart.ts';
import { simulate } from './simulate.ts';

export const policyWith = (maxWorkers: number, minWorkers = 0) =>
  scalingPolicyFor({ slots: 10, minWorkers, maxWorkers });

/** The pictures of docs/operations.md, by file. */
export const scalingCharts = (): ReadonlyMap<string, string> =>
  new Map([
    ['scaling-burst.svg', chartOf(burst(100_000), 3, 15, 90)],
    ['scaling-wave.svg', chartOf(dailyWave, 8, 240)],
    ['scaling-spikes.svg', chartOf(spikes, 8, 30)],
  ]);

function chartOf(curve: Curve, maxWorkers: number, tickMinutes: number, until?: number): string {
  const { minutes, workerSeconds } = simulate({ curve, policy: policyWith(maxWorkers) });
  const shown = minutes.slice(0, until && until + 1);
  const hours = (workerSeconds / 3600).toFixed(1);
  return lineChart({
    title: curve.name,
    subtitle: `0 to ${maxWorkers} workers of 10 slots · ${hours} worker hours in all`,
    tickMinutes,
    steps: { label: 'workers', values: shown.map(({ workers }) => workers) },
    area: { label: 'tasks waiting', values: shown.map(({ waiting }) => waiting) },
  });
}
