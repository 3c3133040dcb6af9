import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { policyWith, scalingCharts } from './charts.ts';
import { burst, dailyWave, longTasks, longWave, spikes, trickle } from './curves.ts';
import { type Minute, type Outcome, simulate } from './simulate.ts';

const BURST_AT = 600;
const TASKS = 100_000;

/** How often the number of workers went up after it had gone down, or down after up. */
function turns(minutes: readonly Minute[]): number {
  const changes = minutes
    .map(({ desired }, index) => Math.sign(desired - (minutes[index - 1]?.desired ?? desired)))
    .filter((change) => change !== 0);
  return changes.filter((change, index) => index > 0 && change !== changes[index - 1]).length;
}

const mostWorkers = ({ minutes }: Pick<Outcome, 'minutes'>): number =>
  Math.max(...minutes.map(({ workers }) => workers));

describe('100,000 tasks of 1 s that come at once, with the default of three workers', () => {
  const ideal = TASKS / (3 * 10);

  test.each([
    [0, 40],
    [1, 60],
    [30, 50],
    [59, 60],
  ])(
    'at second %i of a minute, workers starting in %i s: done within 10 %% of the ideal',
    (second, startSeconds) => {
      const { drainedAt, done } = simulate({
        curve: burst(TASKS, second),
        policy: policyWith(3),
        startSeconds,
      });

      expect(done).toBe(TASKS);
      expect((drainedAt - BURST_AT - second) / ideal).toBeLessThan(1.1);
    },
  );

  test('the delay is that of metrics and starting, four and a half minutes at most, for any limit', () => {
    for (const maxWorkers of [1, 2, 5, 10, 20, 50]) {
      const { drainedAt, done } = simulate({
        curve: { ...burst(TASKS), seconds: 12_000 },
        policy: policyWith(maxWorkers),
        startSeconds: 60,
      });

      expect(done).toBe(TASKS);
      expect(drainedAt - BURST_AT - TASKS / (maxWorkers * 10)).toBeLessThan(270);
    }
  });

  test('where one worker is there already, it is done within 10 % too', () => {
    const { drainedAt } = simulate({ curve: burst(TASKS), policy: policyWith(3, 1) });

    expect((drainedAt - BURST_AT) / ideal).toBeLessThan(1.1);
  });

  test('the workers go once up and once down, to none', () => {
    const outcome = simulate({ curve: burst(TASKS), policy: policyWith(3) });

    expect(turns(outcome.minutes)).toBe(1);
    expect(outcome.minutes.at(-1)).toMatchObject({ workers: 0, desired: 0 });
  });
});

test.each([
  ['a burst', burst(TASKS), 3],
  ['a burst with room', burst(TASKS), 50],
  ['a daily wave', dailyWave, 8],
  ['a trickle', trickle, 3],
  ['spikes', spikes, 8],
  ['a burst of long tasks', longTasks, 20],
  ['a wave of long tasks', longWave, 10],
])('no task is killed with its worker: %s', (_what, curve, maxWorkers) => {
  expect(simulate({ curve, policy: policyWith(maxWorkers) }).killed).toBe(0);
});

test('workers go with a wave of long tasks, though each of them is busy all the time', () => {
  const { minutes } = simulate({ curve: longWave, policy: policyWith(10) });

  expect(mostWorkers({ minutes })).toBe(5);
  expect(minutes.at(-1)?.workers).toBe(0);
  expect(turns(minutes)).toBeLessThanOrEqual(2 * 8);
});

test.each([
  ['at the top of a wave of long tasks', longWave, 4 * 3600, 600],
  ['while it ebbs away', longWave, 6 * 3600, 600],
  ['at the top of a day', dailyWave, 12 * 3600, 1],
  ['in the middle of a burst', burst(TASKS), 1800, 1],
])(
  'a deployment kills no task and is over when the last of before has ended: %s',
  (_when, curve, deployAt, runSeconds) => {
    const { killed, deployedAt = 0 } = simulate({ curve, policy: policyWith(10), deployAt });

    expect(killed).toBe(0);
    expect(deployedAt - deployAt).toBeGreaterThan(0);
    expect(deployedAt - deployAt).toBeLessThan(runSeconds + 50 + 60 + 30);
  },
);

test('a small burst gets no more workers than it asks for', () => {
  const outcome = simulate({ curve: burst(900), policy: policyWith(20) });

  expect(mostWorkers(outcome)).toBe(2);
});

test('long tasks, of which nobody knows yet that they are long, get a slot each soon', () => {
  const outcome = simulate({ curve: longTasks, policy: policyWith(20) });

  expect(mostWorkers(outcome)).toBe(20);
  expect(outcome.longestWait).toBeLessThan(12 * 60);
});

describe('two days with their nights, 2 to 34 tasks of 1 s a second', () => {
  const outcome = simulate({ curve: dailyWave, policy: policyWith(8) });
  const arrived = Array.from({ length: dailyWave.seconds }, (_, second) =>
    dailyWave.arrivals(second),
  ).reduce((sum, tasks) => sum + tasks, 0);

  test('the workers follow the wave without overshooting its peak, which needs five', () => {
    expect(mostWorkers(outcome)).toBe(5);
  });

  test('they turn no more than a dozen times a day', () => {
    expect(turns(outcome.minutes)).toBeLessThanOrEqual(24);
  });

  test('they cost at most half more than the least that could do it all', () => {
    const least = arrived / 10;

    expect(outcome.workerSeconds / least).toBeLessThan(1.55);
  });

  test('no task waits for longer than it takes to start a worker from none', () => {
    expect(outcome.longestWait).toBeLessThan(270);
  });
});

test('spikes over a steady load bring workers once each, and are over in five minutes', () => {
  const { minutes, longestWait } = simulate({ curve: spikes, policy: policyWith(8) });

  expect(turns(minutes)).toBeLessThanOrEqual(2 * 12);
  expect(longestWait).toBeLessThanOrEqual(300);
});

test('a trickle has one worker at most, and none when it has ended', () => {
  const outcome = simulate({ curve: trickle, policy: policyWith(3) });

  expect(mostWorkers(outcome)).toBe(1);
  expect(outcome.minutes.at(-1)?.workers).toBe(0);
});

test('the pictures in the documentation are of this policy: node test/simulation/write-charts.ts', async () => {
  for (const [name, svg] of scalingCharts()) {
    const url = new URL(`../../docs/operations/${name}`, import.meta.url);
    expect(await readFile(url, 'utf8'), name).toBe(svg);
  }
});
