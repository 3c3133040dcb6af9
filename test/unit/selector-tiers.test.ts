import { describe, expect, test } from 'vitest';
import { aSelector, counts, queue, THREE } from '../support/selectable-queues.ts';

describe('tiers', () => {
  const [priority = queue('p', 1), standard = queue('s', 1), background = queue('b', 1)] = THREE;

  test('a higher tier goes before all of a lower one, whatever the weights', () => {
    const { select } = aSelector('weighted');
    const queues = [priority, standard, { ...background, tier: 1 }];

    expect(counts(select, queues, 100)).toEqual({ background: 100 });
  });

  test('inside a tier the weights hold', () => {
    const { select } = aSelector('weighted');
    const queues = [{ ...priority, tier: 1 }, { ...standard, tier: 1 }, background];

    expect(counts(select, queues, 100)).toEqual({ priority: 75, standard: 25 });
  });

  test('a lower tier is served while the higher one has no task', () => {
    const { select } = aSelector('weighted');
    const empty = { ...priority, tier: 1, ready: false, idle: true };

    expect(counts(select, [empty, standard, background], 100)).toEqual({
      standard: 75,
      background: 25,
    });
  });

  test('bursts of a higher tier do not upset the weights below', () => {
    const { select } = aSelector('weighted');
    const burst = { ...priority, tier: 1 };
    const served: Record<string, number> = {};

    for (let round = 0; round < 400; round++) {
      counts(select, [burst, standard, background], 200);
      const below = counts(
        select,
        [{ ...burst, ready: false, idle: true }, standard, background],
        2,
      );
      for (const [name, count] of Object.entries(below)) served[name] = (served[name] ?? 0) + count;
    }

    expect(served['standard']).toBeGreaterThan(590);
    expect(served['background']).toBeGreaterThan(190);
  });

  test('a tier that was held back for long does not take over when it is let in again', () => {
    const { select } = aSelector('weighted');
    counts(select, [{ ...priority, tier: 1 }, background], 10_000);

    const served = counts(select, [priority, background], 200);

    expect(served['priority']).toBeGreaterThan(150);
  });
});
