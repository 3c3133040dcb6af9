import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { lanesOf, mayStart } from '../../shared/config/lanes.ts';

const QUEUES = [
  { name: 'priority', weight: 90 },
  { name: 'background', weight: 10 },
];

const running = (counts: Record<string, number>) => new Map(Object.entries(counts));

describe('by default', () => {
  test('all but the heaviest queue leave one slot of ten free', () => {
    expect(Object.fromEntries(lanesOf(QUEUES, 10, true))).toEqual({
      priority: { minSlots: 0, maxSlots: 10 },
      background: { minSlots: 0, maxSlots: 9 },
    });
  });

  test('a worker with one slot serves every queue', () => {
    const lanes = lanesOf(QUEUES, 1, true);

    expect(mayStart('background', lanes, running({}), 1)).toBe(true);
  });

  test('with lanes off every queue may use every slot', () => {
    const lanes = lanesOf([{ name: 'light', weight: 1, maxSlots: 2 }, ...QUEUES], 10, false);

    expect(mayStart('light', lanes, running({ light: 9 }), 10)).toBe(true);
  });
});

describe('a task may start', () => {
  const lanes = lanesOf(
    [
      { name: 'priority', weight: 90, minSlots: 2 },
      { name: 'background', weight: 10, maxSlots: 4 },
    ],
    10,
    true,
  );

  test.each([
    ['below the maximum of its lane', 'background', { background: 3 }, true],
    ['not at the maximum of its lane', 'background', { background: 4 }, false],
    ['not in a slot that is kept for another queue', 'background', { background: 0, x: 8 }, false],
    ['in its own reserved slot', 'priority', { x: 8 }, true],
    ['when the other queue already uses what is kept for it', 'background', { priority: 9 }, true],
    ['not when every slot is taken', 'priority', { priority: 10 }, false],
    ['not in a queue that does not exist', 'nowhere', {}, false],
  ])('%s', (_case, queue, counts, expected) => {
    expect(mayStart(queue, lanes, running(counts as Record<string, number>), 10)).toBe(expected);
  });
});

describe('lanes that would starve a queue are refused with the reason', () => {
  const configure = (queues: Record<string, unknown>[], worker: Record<string, unknown> = {}) => {
    const all = queues.map((queue) => ({ weight: 1, broker: { type: 'sqs' }, ...queue }));
    return () => parseConfig({ queues: all, worker: { lanes: true, ...worker } }, 'of a test');
  };

  test('when others reserve every slot', () => {
    expect(configure([{ name: 'a', minSlots: 10 }, { name: 'b' }])).toThrow(
      '"b" would starve: the other queues reserve 10 of 10 slots; reserve at most 9 in all',
    );
  });

  test('when more slots are reserved than there are', () => {
    expect(
      configure([
        { name: 'a', minSlots: 6 },
        { name: 'b', minSlots: 6 },
      ]),
    ).toThrow('the queues reserve 12 slots, and a worker has 10');
  });

  test('when a queue reserves more than it may use', () => {
    expect(configure([{ name: 'a', minSlots: 5, maxSlots: 3 }, { name: 'b' }])).toThrow(
      'queues[0].maxSlots: 3 is less than the 5 slots reserved by minSlots',
    );
  });

  test('when lanes are off, so that nobody relies on them', () => {
    const config = configure([{ name: 'a', minSlots: 1 }, { name: 'b' }], { lanes: false });

    expect(config).toThrow('queues[0]: minSlots and maxSlots need worker.lanes: true');
  });
});
