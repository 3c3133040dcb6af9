import { describe, expect, test } from 'vitest';
import { levelsOf, maxPolls, startRates, UsualRunTimes } from '../../shared/worker/polling.ts';

const THREE = [
  { name: 'priority', weight: 90, tier: 0 },
  { name: 'standard', weight: 30, tier: 0 },
  { name: 'background', weight: 10, tier: 0 },
];

/** Run times in milliseconds, as one task of each queue had them. */
function ranFor(milliseconds: Record<string, number>): UsualRunTimes {
  const runTimes = new UsualRunTimes();
  for (const [queue, each] of Object.entries(milliseconds)) runTimes.ended(queue, each);
  return runTimes;
}

describe('how much a feed holds', () => {
  test('before a run time is known: what free slots start now', () => {
    const demand = { now: 10, perSecond: 0, usualRunMs: Number.POSITIVE_INFINITY };

    expect(levelsOf(demand, 10)).toEqual({ mark: 10, most: 10 });
  });

  test('of tasks of milliseconds what starts in a second, and a poll in time', () => {
    expect(levelsOf({ now: 0, perSecond: 500, usualRunMs: 20 }, 10)).toEqual({
      mark: 10,
      most: 500,
    });
  });

  test('of tasks that run a second or longer nothing ahead', () => {
    expect(levelsOf({ now: 0, perSecond: 10, usualRunMs: 1000 }, 10)).toEqual({ mark: 0, most: 0 });
    expect(levelsOf({ now: 2, perSecond: 10, usualRunMs: 1000 }, 10)).toEqual({ mark: 2, most: 2 });
  });

  test('a slow broker is asked earlier', () => {
    expect(levelsOf({ now: 0, perSecond: 20, usualRunMs: 500 }, 1000)).toEqual({
      mark: 40,
      most: 40,
    });
  });

  test('polls that bring one message may be ten times as many as those that bring ten', () => {
    expect([maxPolls(10), maxPolls(500), maxPolls(1)]).toEqual([20, 20, 200]);
  });
});

describe('what the slots start in a second', () => {
  test('is shared by weight, and lasts as long as the mix of tasks', () => {
    const runTimes = ranFor({ priority: 100, standard: 100, background: 100 });

    const { perSecond, usualRunMs } = startRates(THREE, 13, 'weighted', runTimes);

    expect(usualRunMs).toBeCloseTo(100);
    expect(perSecond.get('priority')).toBeCloseTo(90);
    expect(perSecond.get('standard')).toBeCloseTo(30);
    expect(perSecond.get('background')).toBeCloseTo(10);
  });

  test('is shared by time under weighted-time', () => {
    const runTimes = ranFor({ priority: 10, standard: 100, background: 1000 });

    const { perSecond } = startRates(THREE, 13, 'weighted-time', runTimes);

    expect(perSecond.get('priority')).toBeCloseTo(900);
    expect(perSecond.get('standard')).toBeCloseTo(30);
    expect(perSecond.get('background')).toBeCloseTo(1);
  });

  test('is all of the heaviest queue under strict priority, and of the highest tier', () => {
    const runTimes = ranFor({ priority: 100, standard: 100, background: 100 });
    const tiers = THREE.map((queue) => ({ ...queue, tier: queue.name === 'background' ? 1 : 0 }));

    const strict = startRates(THREE, 10, 'strict-priority', runTimes).perSecond;
    const tiered = startRates(tiers, 10, 'weighted', runTimes).perSecond;

    expect([...strict.keys()]).toEqual(['priority']);
    expect([...tiered.keys()]).toEqual(['background']);
  });

  test('is unknown before a task has ended', () => {
    const { perSecond, usualRunMs } = startRates(THREE, 10, 'weighted', new UsualRunTimes());

    expect(perSecond.size).toBe(0);
    expect(usualRunMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('is hardly less after one task of an hour among many of milliseconds', () => {
    const runTimes = new UsualRunTimes();
    for (let task = 0; task < 100; task++) runTimes.ended('main', 10);
    runTimes.ended('main', 3_600_000);

    expect(runTimes.of('main')).toBeLessThan(50);
  });
});
