import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { liveSettings } from '../../shared/control/live-settings.ts';
import type { Overrides } from '../../shared/control/overrides.ts';
import { FreeSlots, freeSlotFinder, type WorkerSlots } from '../../shared/simulation/free-slots.ts';
import { Meter } from '../../shared/simulation/meter.ts';
import { VirtualClock } from '../../shared/simulation/virtual-clock.ts';

const THREE = [
  { name: 'priority', weight: 90 },
  { name: 'standard', weight: 30 },
  { name: 'background', weight: 10 },
];

type Queues = readonly { readonly name: string; readonly weight: number }[];

function settingsOf(queues: Queues = THREE, lanes = true, overrides: Overrides = {}) {
  const input = {
    queues: queues.map((queue) => ({ ...queue, broker: { type: 'sqs' } })),
    worker: { lanes },
  };
  return liveSettings(parseConfig(input, 'of a test'), overrides);
}

const mayBegin = (
  queue: string,
  settings: ReturnType<typeof settingsOf>,
  ...workers: WorkerSlots[]
): boolean => freeSlotFinder(settings, workers)(queue);

const worker = (running: Record<string, number>, slots = 10): WorkerSlots => ({
  slots,
  running: new Map(Object.entries(running)),
});

describe('with lanes', () => {
  test.each([
    ['light queues together leave one slot', { standard: 5, background: 4 }, 'background', false],
    ['the last slot is for the heaviest queue', { standard: 5, background: 4 }, 'priority', true],
    ['light queues use the others', { standard: 5, background: 3 }, 'background', true],
    ['a full worker begins nothing', { priority: 5, standard: 5 }, 'priority', false],
    [
      'a task of the heaviest queue takes the kept slot',
      { priority: 3, standard: 6 },
      'standard',
      true,
    ],
  ])('%s', (_promise, running, queue, expected) => {
    expect(mayBegin(queue, settingsOf(), worker(running))).toBe(expected);
  });

  test('the slot is kept for the highest tier, and there for the heaviest queue', () => {
    const tiers = [...THREE, { name: 'urgent', weight: 1, tier: 1 }];

    expect(mayBegin('priority', settingsOf(tiers), worker({ standard: 9 }))).toBe(false);
    expect(mayBegin('urgent', settingsOf(tiers), worker({ standard: 9 }))).toBe(true);
  });

  test('it is kept at every number of slots in force, unless there is only one', () => {
    expect(mayBegin('standard', settingsOf(), worker({ background: 1 }, 2))).toBe(false);
    expect(mayBegin('standard', settingsOf(), worker({}, 2))).toBe(true);
    expect(mayBegin('standard', settingsOf(), worker({}, 1))).toBe(true);
  });

  test('slots that a queue reserves are its own, unless it is paused', () => {
    const reserving = [
      { name: 'main', weight: 90 },
      { name: 'own', weight: 10, minSlots: 4 },
    ];
    const paused = { queues: { own: { paused: true } } };

    expect(mayBegin('main', settingsOf(reserving), worker({ main: 6 }))).toBe(false);
    expect(mayBegin('own', settingsOf(reserving), worker({ main: 6 }))).toBe(true);
    expect(mayBegin('main', settingsOf(reserving, true, paused), worker({ main: 6 }))).toBe(true);
  });

  test('slots that light queues reserve come on top of the one that they leave', () => {
    const reserving = [...THREE.slice(0, 2), { name: 'own', weight: 10, minSlots: 3 }];

    expect(mayBegin('standard', settingsOf(reserving), worker({ standard: 5 }))).toBe(true);
    expect(mayBegin('standard', settingsOf(reserving), worker({ standard: 6 }))).toBe(false);
    expect(mayBegin('own', settingsOf(reserving), worker({ standard: 6 }))).toBe(true);
  });

  test('no queue uses more than its maxSlots', () => {
    const limited = [
      { name: 'main', weight: 90, maxSlots: 2 },
      { name: 'other', weight: 10 },
    ];

    expect(mayBegin('main', settingsOf(limited), worker({ main: 1 }))).toBe(true);
    expect(mayBegin('main', settingsOf(limited), worker({ main: 2 }))).toBe(false);
  });
});

test('without lanes any free slot is for every queue', () => {
  const settings = settingsOf(THREE, false);

  expect(mayBegin('background', settings, worker({ background: 9 }))).toBe(true);
  expect(mayBegin('background', settings, worker({ background: 10 }))).toBe(false);
});

test('no slot is for a paused queue', () => {
  expect(mayBegin('standard', settingsOf(THREE, true, { paused: true }), worker({}))).toBe(false);
});

describe('a received task', () => {
  /** Two workers of one slot each. The second one becomes free and full when the test says so. */
  function setup() {
    const clock = new VirtualClock();
    const meter = new Meter(clock, ['main'], 0);
    const freeSlots = new FreeSlots(clock, meter);
    const running = new Map([['main', 1]]);
    const settings = settingsOf([{ name: 'main', weight: 1 }]);
    const full = worker({ main: 1 }, 1);
    freeSlots.watch({ settings, workers: () => [full, { slots: 1, running }] });
    return { clock, freeSlots, running, longest: () => meter.of('main').besideFreeSlot };
  }

  test('waits beside a free slot while one of another worker is free', async () => {
    const { clock, freeSlots, running, longest } = setup();
    clock.at(10.05, () => freeSlots.received('main', '1', 0));
    clock.at(20.05, () => running.clear());
    clock.at(27.05, () => running.set('main', 1));

    await clock.run(60);

    expect(longest()).toBeCloseTo(6.9, 1);
  });

  test('waits no longer once it is begun', async () => {
    const { clock, freeSlots, running, longest } = setup();
    running.clear();
    clock.at(10.05, () => freeSlots.received('main', '1', 0));
    clock.at(13.05, () => freeSlots.taken('main', '1'));

    await clock.run(60);

    expect(longest()).toBeCloseTo(2.9, 1);
  });
});
