import { describe, expect, test } from 'vitest';
import { parseOptions } from '../bench/sql/options.ts';
import type { TrialRecord } from '../bench/sql/results.ts';
import { targetsOf } from '../bench/sql/targets.ts';

describe('bench:sql', () => {
  test('keeps its numbers only when nothing was left out', () => {
    expect(parseOptions([])?.json).toBe('docs/benchmarks/sql.json');
    expect(parseOptions(['--quick'])?.json).toBeUndefined();
    expect(parseOptions(['--only=burn-down', '--trials=3'])).toMatchObject({
      parts: ['burn-down'],
      trials: 3,
      json: undefined,
    });
  });

  test('names what it does not know, and what it accepts', () => {
    expect(() => parseOptions(['--only=burndown'])).toThrow(/"burndown"; accepted: enqueue, burn/);
    expect(() => parseOptions(['--trials=0'])).toThrow(/--trials: "0" is not one of 1 to 100/);
  });

  test('compares the medians of one run', () => {
    const burn = (label: string, rates: readonly number[]): TrialRecord[] =>
      rates.map((tasksPerSecond, index) => ({
        part: 'burn-down',
        title: 'burn-down, 100 at once',
        label,
        trial: index + 1,
        values: { tasksPerSecond },
      }));

    const [graphile, boss, bulk] = targetsOf([
      ...burn('ours', [300, 100, 200]),
      ...burn('graphile-worker-batch', [160, 90, 100]),
      ...burn('pg-boss-batch', [150, 10, 200]),
    ]);

    expect(graphile).toMatchObject({ value: 2, isMet: true });
    expect(boss).toMatchObject({ value: 200 / 150, isMet: false });
    expect(bulk).toMatchObject({ value: undefined, isMet: undefined });
  });
});
