import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Start } from '../../shared/simulation/fleet.ts';
import { parseScenario, type ScenarioInput } from '../../shared/simulation/scenario.ts';
import { simulate } from '../../shared/simulation/simulate.ts';

const QUEUES = [
  { name: 'priority', weight: 90, broker: { type: 'sqs' } },
  { name: 'background', weight: 10, broker: { type: 'sqs' } },
];

const ON_POSTGRES = QUEUES.map((queue) => ({
  ...queue,
  broker: { type: 'postgres', persistence: 'default' },
}));

async function run(input: Partial<ScenarioInput>, seed = 1) {
  const starts: Start[] = [];
  const scenario = parseScenario(
    { config: { queues: QUEUES }, seconds: 600, ...input },
    'of a test',
  );
  const result = await simulate(scenario, { seed, onStart: (start) => void starts.push(start) });
  const of = (name: string) => result.queues.find(({ queue }) => queue === name);
  return { ...result, starts, of };
}

const BUSY: Partial<ScenarioInput> = {
  workers: [{ count: 3 }, { startAt: 20, events: [{ at: 60, do: 'kill' }] }],
  arrivals: [
    { queue: 'priority', runSeconds: { exponential: 0.5 }, perSecond: 3, to: 100 },
    {
      queue: 'background',
      count: 200,
      runSeconds: [
        { share: 0.9, seconds: 0.1 },
        { share: 0.1, seconds: 20 },
      ],
    },
  ],
  broker: { shortAnswers: true, duplicates: 0.05, slow: { share: 0.01 } },
};

test('equal seeds give equal results, and other seeds other ones', async () => {
  const withSeed = async (seed: number) => {
    const { of, ...results } = await run(BUSY, seed);
    return results;
  };

  const first = await withSeed(7);

  expect(await withSeed(7)).toEqual(first);
  expect(await withSeed(8)).not.toEqual(first);
});

test('a free slot of the real worker begins a task half a round trip after its arrival', async () => {
  const { starts } = await run({
    arrivals: [{ queue: 'priority', runSeconds: 1, count: 1, from: 30 }],
    broker: { jitter: 0, roundTripMs: 40 },
  });

  expect(starts).toHaveLength(1);
  expect(starts[0]?.second).toBeCloseTo(30.02, 6);
});

test('shares are measured while every queue has tasks', async () => {
  const { of } = await run({
    config: { queues: QUEUES, worker: { lanes: false } },
    arrivals: [
      { queue: 'priority', runSeconds: 0.1, keepWaiting: 200 },
      { queue: 'background', runSeconds: 0.1, keepWaiting: 200 },
    ],
    seconds: 60,
  });

  expect(of('priority')?.shareOfStarts).toBeCloseTo(0.9, 2);
  expect(of('background')?.shareOfSlotTime).toBeCloseTo(0.1, 2);
});

test('a task that never began counts with the time that it waited', async () => {
  const { of } = await run({
    arrivals: [{ queue: 'priority', runSeconds: 1, count: 1, from: 100 }],
    changes: [{ at: 0, overrides: { paused: true } }],
  });

  expect(of('priority')).toMatchObject({ arrived: 1, started: 0, waits: { max: 500 } });
});

test('tasks of a killed worker run again, in another worker, when their leases have ended', async () => {
  const { fleet, starts, of } = await run({
    workers: [{ events: [{ at: 10, do: 'kill' }] }, { startAt: 5 }],
    arrivals: [{ queue: 'priority', runSeconds: 30, count: 10 }],
  });

  expect(fleet.open).toBe(0);
  expect(of('priority')?.runAgain).toBe(10);
  expect(starts.filter(({ worker, isRepeated }) => worker === 1 && isRepeated)).toHaveLength(10);
});

test('a worker that is limited, paused, resumed and drained obeys at its times', async () => {
  const { starts } = await run({
    workers: [
      {
        events: [
          { at: 0, do: 'limit', slots: 1 },
          { at: 10, do: 'pause' },
          { at: 20, do: 'resume' },
          { at: 30, do: 'drain' },
        ],
      },
    ],
    arrivals: [{ queue: 'priority', runSeconds: 1, keepWaiting: 50 }],
    seconds: 60,
  });

  const seconds = starts.map(({ second }) => second);
  expect(seconds.filter((second) => second < 10).length).toBeLessThanOrEqual(10);
  expect(seconds.filter((second) => second > 10.1 && second < 20)).toEqual([]);
  expect(seconds.filter((second) => second > 20 && second < 30).length).toBeGreaterThanOrEqual(8);
  expect(seconds.filter((second) => second > 30.1)).toEqual([]);
});

test('a simulation that ends when all is done ends with the last task', async () => {
  const { fleet } = await run({
    arrivals: [{ queue: 'priority', runSeconds: 30, count: 20, from: 10 }],
    endsWhenDone: true,
  });

  expect(fleet.open).toBe(0);
  expect(fleet.workSeconds).toBeCloseTo(60, 0);
  expect(fleet.seconds).toBeCloseTo(70, 0);
});

test('every task ends once, whatever brokers and workers do meanwhile', async () => {
  const second = fc.integer({ min: 0, max: 100 });
  const events = fc.array(
    fc.record({
      at: second,
      do: fc.constantFrom<'pause' | 'resume' | 'kill'>('pause', 'resume', 'kill'),
    }),
    { maxLength: 4 },
  );
  const trouble = fc.record({
    shortAnswers: fc.boolean(),
    duplicates: fc.constantFrom(0, 0.2),
    failing: fc.record({ share: fc.constantFrom(0, 0.3, 1), from: second, to: second }),
    slow: fc.record({ share: fc.constantFrom(0, 0.1), to: fc.constant(100) }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ events, trouble, isSql: fc.boolean(), seed: fc.nat(1000) }),
      async ({ events: ofFirst, trouble: broker, isSql, seed }) => {
        const { queues, fleet, starts } = await run(
          {
            config: {
              queues: isSql ? ON_POSTGRES : QUEUES,
              worker: { visibilityTimeoutSeconds: 20, pollWaitSeconds: 5 },
            },
            // The second worker stays.
            workers: [{ events: ofFirst }, { startAt: 50 }],
            arrivals: [
              { queue: 'priority', runSeconds: 0.5, perSecond: 1, to: 80 },
              { queue: 'background', runSeconds: 5, count: 40 },
            ],
            broker,
          },
          seed,
        );

        expect(fleet.open).toBe(0);
        for (const { arrived, started, ended } of queues) {
          expect([started, ended]).toEqual([arrived, arrived]);
        }
        const first = starts.filter(({ isRepeated }) => !isRepeated);
        expect(new Set(first.map(({ task }) => task.id)).size).toBe(first.length);
      },
    ),
    { numRuns: 25 },
  );
});
