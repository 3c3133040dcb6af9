import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScenarioInput } from '../../shared/simulation/scenario.ts';
import { onPostgres, onSqs, run, type saturated } from '../scheduling/check.ts';

const BUFFER_SECONDS = 5;
/** Two round trips of 10 ms and 20 ms. */
const AT_ONCE_SECONDS = 0.04;

/** How long light tasks run. */
const anyRunTime = fc.constantFrom<Parameters<typeof saturated>[1][]>(
  0.5,
  2,
  20,
  200,
  { exponential: 10 },
  [
    { share: 0.95, seconds: 0.2 },
    { share: 0.05, seconds: 30 },
  ],
);

const anyLight = fc.record({
  weight: fc.integer({ min: 1, max: 900 }),
  tier: fc.nat(1),
  receive: fc.constantFrom(undefined, 1, 3, 10),
  /** Without a backlog it has a task now and then. */
  isBacklogged: fc.constantFrom(true, true, false),
});

/** A small fleet, whose slots light queues keep busy. Urgent tasks that take 50 ms come now and then. */
const anyFleet = fc.record({
  slots: fc.constantFrom(1, 2, 3, 5, 10),
  workers: fc.constantFrom(1, 1, 2, 4),
  isSql: fc.constantFrom(false, false, true),
  hasTiers: fc.boolean(),
  lights: fc.array(anyLight, { minLength: 1, maxLength: 5 }),
  runSeconds: anyRunTime,
  strategy: fc.constantFrom(
    'weighted',
    'weighted',
    'weighted-time',
    'strict-priority',
    'weighted-random',
  ),
  shortAnswers: fc.boolean(),
  seed: fc.nat(1_000_000),
});

type Fleet = typeof anyFleet extends fc.Arbitrary<infer Value> ? Value : never;

function scenarioOf(fleet: Fleet, lanes: boolean): ScenarioInput {
  const { slots, workers, isSql, hasTiers, lights, runSeconds, strategy, shortAnswers } = fleet;
  const make = isSql ? onPostgres : onSqs;
  const tierOf = (tier: number): number => (hasTiers ? tier : 0);
  return {
    config: {
      queues: [
        make('urgent', 1000, { tier: tierOf(2) }),
        ...lights.map(({ weight, tier, receive }, at) =>
          make(`q${at}`, weight, { tier: tierOf(tier), receive }),
        ),
      ],
      strategy,
      worker: { concurrency: slots, lanes, bufferSeconds: BUFFER_SECONDS },
    },
    workers: [{ count: workers }],
    arrivals: [
      ...lights.map(({ isBacklogged }, at) => ({
        queue: `q${at}`,
        runSeconds,
        ...(isBacklogged ? { keepWaiting: 100 } : { perSecond: 0.5 }),
      })),
      { queue: 'urgent', runSeconds: 0.05, everySeconds: 3.7, from: 20 },
    ],
    broker: { shortAnswers },
    seconds: 100,
  };
}

test('with lanes, urgent tasks begin at once, whatever else is backlogged', async () => {
  await fc.assert(
    fc.asyncProperty(anyFleet, async (fleet) => {
      const { of } = await run(scenarioOf(fleet, true), fleet.seed);
      if (fleet.slots > 1) expect(of('urgent').waits.max).toBeLessThanOrEqual(AT_ONCE_SECONDS);
    }),
    { numRuns: 20 },
  );
});

test('an urgent task begins while free slots wait for the answer of an empty queue', async () => {
  const queues = [onSqs('urgent', 90), onSqs('standard', 30), onSqs('empty', 10)];
  const { of } = await run(
    {
      config: { queues, worker: { concurrency: 5 } },
      arrivals: [
        { queue: 'standard', runSeconds: 2, keepWaiting: 100 },
        { queue: 'urgent', runSeconds: 0.05, everySeconds: 1.037, from: 10 },
      ],
      seconds: 300,
    },
    1,
  );

  expect(of('urgent').waits.max).toBeLessThan(0.02);
});

/** Workers that are busy half of the time. Now and then a task of a fast queue takes long. */
const anyHalfBusyFleet = fc.record({
  slots: fc.constantFrom(1, 2, 5),
  workers: fc.integer({ min: 2, max: 4 }),
  isSql: fc.boolean(),
  lanes: fc.boolean(),
  shortSeconds: fc.constantFrom(0.05, 0.5, 2),
  longSeconds: fc.constantFrom(10, 30),
  seed: fc.nat(1_000_000),
});

test('no task lies in a worker for longer than bufferSeconds while a slot may run it anywhere', async () => {
  await fc.assert(
    fc.asyncProperty(anyHalfBusyFleet, async (fleet) => {
      const { slots, workers, isSql, lanes, shortSeconds, longSeconds, seed } = fleet;
      const make = isSql ? onPostgres : onSqs;
      const mix = [
        { share: 0.95, seconds: shortSeconds },
        { share: 0.05, seconds: longSeconds },
      ];
      const mean = 0.95 * shortSeconds + 0.05 * longSeconds;
      const perSecond = (0.25 * slots * workers) / mean;
      const { queues } = await run(
        {
          config: {
            queues: [make('heavy', 90), make('light', 10)],
            worker: { concurrency: slots, lanes, bufferSeconds: BUFFER_SECONDS },
          },
          workers: [{ count: workers }],
          arrivals: ['heavy', 'light'].map((queue) => ({ queue, runSeconds: mix, perSecond })),
          seconds: 200,
        },
        seed,
      );
      const longest = Math.max(...queues.map(({ besideFreeSlot }) => besideFreeSlot));

      expect(longest).toBeLessThanOrEqual(BUFFER_SECONDS + 0.2);
    }),
    { numRuns: 15 },
  );
});
