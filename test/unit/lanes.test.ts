import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { lanesOf, slotUse, startable } from '../../shared/config/lanes.ts';

type Queue = Parameters<typeof lanesOf>[0][number];

const aQueue = (name: string, weight: number, more: Partial<Queue> = {}): Queue => ({
  name,
  weight,
  tier: 0,
  paused: false,
  ...more,
});

const THREE = [aQueue('priority', 90), aQueue('standard', 30), aQueue('background', 10)];

/** How many more tasks of a queue may start while so many run. */
function startableIn(
  queues: readonly Queue[],
  running: Record<string, number>,
  options: { slots?: number; concurrency?: number; enabled?: boolean } = {},
): Record<string, number> {
  const { concurrency = 10, slots = concurrency, enabled = true } = options;
  const lanes = lanesOf(queues, { concurrency, slots, enabled });
  const use = slotUse(lanes, new Map(Object.entries(running)));
  return Object.fromEntries(queues.map(({ name }) => [name, startable(name, lanes, use, slots)]));
}

describe('by default one slot is free for the heaviest queue', () => {
  test.each([
    ['one light queue', { background: 9 }],
    ['all light queues together', { standard: 5, background: 4 }],
  ])('whatever %s would use', (_case, running) => {
    expect(startableIn(THREE, running)).toEqual({ priority: 1, standard: 0, background: 0 });
  });

  test('and no more than that one', () => {
    expect(startableIn(THREE, { priority: 3, background: 6 })).toMatchObject({ background: 1 });
    expect(startableIn(THREE, {})).toEqual({ priority: 10, standard: 9, background: 9 });
  });

  test.each([9, 5, 2])('while %i of 10 slots are in force', (slots) => {
    const light = startableIn(THREE, { standard: slots - 1 }, { slots });

    expect(light).toEqual({ priority: 1, standard: 0, background: 0 });
  });

  test('a worker with one slot serves every queue', () => {
    expect(startableIn(THREE, {}, { slots: 1 })).toMatchObject({ background: 1 });
  });

  test('the heaviest of the highest tier, if there are tiers', () => {
    const queues = [aQueue('urgent', 1, { tier: 1 }), ...THREE];

    expect(startableIn(queues, { priority: 9 })).toMatchObject({ urgent: 1, priority: 0 });
  });

  test('with equal weights no queue, nor two of three, can occupy every slot', () => {
    const equal = ['a', 'b', 'c'].map((name) => aQueue(name, 1));

    expect(startableIn(equal, { a: 9 })).toEqual({ a: 0, b: 1, c: 1 });
    expect(startableIn(equal, { a: 5, b: 4 })).toEqual({ a: 0, b: 0, c: 1 });
    expect(startableIn(equal, { a: 5, b: 3, c: 1 })).toEqual({ a: 1, b: 1, c: 1 });
  });

  test('a paused queue holds nothing: the next heaviest takes its place', () => {
    const queues = [aQueue('priority', 90, { paused: true, minSlots: 4 }), ...THREE.slice(1)];

    expect(startableIn(queues, { background: 9 })).toEqual({
      priority: 0,
      standard: 1,
      background: 0,
    });
  });

  test('with lanes off every queue may use every slot', () => {
    const queues = [...THREE, aQueue('light', 1, { maxSlots: 2 })];

    expect(startableIn(queues, { light: 9 }, { enabled: false })).toMatchObject({ light: 1 });
  });
});

describe('minSlots and maxSlots', () => {
  const queues = [
    aQueue('priority', 90, { minSlots: 2 }),
    aQueue('background', 10, { maxSlots: 4 }),
    aQueue('other', 5),
  ];

  test.each([
    ['a queue runs at most maxSlots tasks', { background: 3 }, { background: 1 }],
    ['not one more', { background: 4 }, { background: 0 }],
    ['a reserved slot is for its queue only', { other: 8 }, { background: 0, priority: 2 }],
    ['what the queue uses of it is no longer reserved', { priority: 8 }, { background: 2 }],
    ['nothing starts when every slot is taken', { priority: 10 }, { priority: 0, background: 0 }],
  ])('%s', (_case, running, expected) => {
    expect(startableIn(queues, running)).toMatchObject(expected);
  });

  test('reserved slots come on top of the one that is free for the heaviest queue', () => {
    const reserved = [
      aQueue('priority', 90),
      aQueue('standard', 30, { minSlots: 3 }),
      aQueue('background', 10),
    ];

    expect(startableIn(reserved, { background: 5 })).toMatchObject({ background: 1, standard: 4 });
    expect(startableIn(reserved, { background: 6 })).toMatchObject({ background: 0, standard: 3 });
  });

  test('reservations shrink with the slots in force, so that others are still served', () => {
    const reserved = [aQueue('priority', 90, { minSlots: 4 }), aQueue('background', 10)];

    expect(startableIn(reserved, {}, { slots: 5 })).toEqual({ priority: 5, background: 3 });
    expect(startableIn(reserved, {}, { slots: 2 })).toEqual({ priority: 2, background: 1 });
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

test('reserved slots stay reserved beside several heaviest queues that wait for the last one', () => {
  const queues = [
    { name: 'one', weight: 1, tier: 1, paused: false },
    { name: 'other', weight: 1, tier: 1, paused: false },
    { name: 'reserved', weight: 1, tier: 0, paused: false, minSlots: 3 },
    { name: 'light', weight: 1, tier: 0, paused: false },
  ];
  const lanes = lanesOf(queues, { concurrency: 10, slots: 10, enabled: true });
  const mayStart = (name: string, counts: Record<string, number>) => {
    const running = new Map(Object.entries({ one: 0, other: 0, light: 0, reserved: 0, ...counts }));
    return startable(name, lanes, slotUse(lanes, running), 10);
  };

  expect(mayStart('reserved', { light: 6, one: 1, reserved: 2 })).toBe(1);
  expect(mayStart('light', { light: 6 })).toBe(0);
});
