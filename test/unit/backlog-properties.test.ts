import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScenarioInput } from '../../shared/simulation/scenario.ts';
import { onPostgres, onSqs, type Run, run, saturated, shareError } from '../scheduling/check.ts';

const anyQueue = fc.record({
  weight: fc.integer({ min: 1, max: 20 }),
  tier: fc.nat(1),
  receive: fc.constantFrom(undefined, undefined, 1, 3),
});

const LONG_NOW_AND_THEN = [
  { share: 0.9, seconds: 0.1 },
  { share: 0.1, seconds: 3 },
];

/** One worker, whose queues always have tasks. */
const anyBacklog = fc.record({
  slots: fc.constantFrom(1, 2, 5, 10, 30),
  isSql: fc.boolean(),
  queues: fc.array(anyQueue, { minLength: 2, maxLength: 5 }),
  runSeconds: fc.constantFrom(0.02, 0.1, 0.5, 2, { exponential: 1 }, LONG_NOW_AND_THEN),
  shortAnswers: fc.boolean(),
  seed: fc.nat(1_000_000),
});

// Hundreds of tasks are few: some end late, and answers bring what they like.
const MOST_TASKS_OFF = 4;
const MOST_POINTS_OFF = 3;
const MOST_LEAKED = 0.005;

/** The run time of one queue, when queues differ. */
const EVEN_SECONDS = 0.3;

type Backlog = typeof anyBacklog extends fc.Arbitrary<infer Value> ? Value : never;

/** Run times are known from then on. */
const KNOWN_AT = 2;

/** Long enough for hundreds of tasks, and short enough for a test. */
const secondsOf = ({ slots, runSeconds }: Backlog): number => {
  const isShort = typeof runSeconds === 'number' && runSeconds < 0.5;
  return isShort ? KNOWN_AT + 50 / slots : KNOWN_AT + 600 / slots;
};

const queuesOf = ({ queues, isSql }: Backlog, hasTiers = false) =>
  queues.map(({ weight, tier, receive }, at) => {
    const make = isSql ? onPostgres : onSqs;
    return make(`q${at}`, weight, { receive, tier: hasTiers ? tier : 0 });
  });

async function runBacklog(
  backlog: Backlog,
  { queues = queuesOf(backlog), strategy = 'weighted', idle = [] as object[], differ = false } = {},
): Promise<Run> {
  const { slots, runSeconds, shortAnswers, seed } = backlog;
  const scenario: ScenarioInput = {
    config: {
      queues: [...queues, ...idle],
      strategy,
      // A worker knows after a second which queue is idle.
      worker: { lanes: false, concurrency: slots, pollWaitSeconds: 1 },
    },
    arrivals: [
      ...saturated(queues.slice(0, 1), differ ? EVEN_SECONDS : runSeconds, 100),
      ...saturated(queues.slice(1), runSeconds, 100),
    ],
    broker: { shortAnswers },
    seconds: secondsOf(backlog),
    measureFrom: KNOWN_AT,
  };
  return run(scenario, seed);
}

/** The last task in the buffer of the higher tier is too old, and goes back, while a long task runs. */
const GOES_BACK: Backlog = {
  slots: 1,
  isSql: false,
  queues: [
    { weight: 1, tier: 1, receive: undefined },
    { weight: 1, tier: 0, receive: undefined },
  ],
  runSeconds: LONG_NOW_AND_THEN,
  shortAnswers: false,
  seed: 0,
};

const inAnyBacklog = (promise: (backlog: Backlog) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(anyBacklog, promise), { numRuns: 8, examples: [[GOES_BACK]] });

test('every queue has its share of the starts, to within a few tasks, and none starves', async () => {
  await inAnyBacklog(async (backlog) => {
    const { starts } = await runBacklog(backlog);
    const order = starts.filter(({ second }) => second >= KNOWN_AT).map(({ task }) => task.queue);
    const queues = queuesOf(backlog);
    expect(order.length).toBeGreaterThan(50);
    const total = queues.reduce((sum, { weight }) => sum + weight, 0);
    for (const { name, weight } of queues) {
      let [started, worst] = [0, 0];
      for (const [index, queue] of order.entries()) {
        if (queue === name) started += 1;
        worst = Math.max(worst, Math.abs(started - ((index + 1) * weight) / total));
      }

      expect(worst).toBeLessThan(MOST_TASKS_OFF);
    }
  });
});

test('a slot runs one task at a time, and is busy while tasks wait', async () => {
  await inAnyBacklog(async (backlog) => {
    const { starts, fleet } = await runBacklog(backlog);
    const ends = starts.map(({ second, task }) => second + task.runMs / 1000);
    const running = starts.map(
      ({ second }, index) => ends.slice(0, index).filter((end) => end > second).length + 1,
    );

    expect(Math.max(...running)).toBeLessThanOrEqual(backlog.slots);
    if (backlog.runSeconds !== 0.02) expect(fleet.busy).toBeGreaterThan(0.9);
  });
});

test('weighted-time counts every second of a slot, so each queue has its share of them', async () => {
  await inAnyBacklog(async (backlog) => {
    const { of } = await runBacklog(backlog, { strategy: 'weighted-time', differ: true });
    const error = shareError(queuesOf(backlog), (queue) => of(queue).shareOfSlotTime ?? 0);

    expect(error).toBeLessThan(MOST_POINTS_OFF);
  });
});

test.each(['strict-priority', 'weighted'])('%s lets no lower tier go first', async (strategy) => {
  await inAnyBacklog(async (backlog) => {
    const queues = queuesOf(backlog, true);
    const { starts } = await runBacklog(backlog, { queues, strategy });
    const rankOf = ({ tier = 0, weight }: (typeof queues)[number]): number =>
      tier * 1000 + (strategy === 'weighted' ? 0 : weight);
    const highest = Math.max(...queues.map(rankOf));
    const first = queues.filter((queue) => rankOf(queue) === highest).map(({ name }) => name);
    const known = starts.filter(({ second }) => second >= KNOWN_AT);
    const lower = known.filter(({ task }) => !first.includes(task.queue));

    expect(lower.length / known.length).toBeLessThan(MOST_LEAKED);
  });
});

test('without an idle queue, however heavy, the others get what they got with it', async () => {
  await inAnyBacklog(async (backlog) => {
    const without = await runBacklog(backlog);
    const withIdle = await runBacklog(backlog, { idle: [onSqs('idle', 1000)] });
    for (const { name } of queuesOf(backlog)) {
      const [before = 0, after = 0] = [withIdle, without].map((all) => all.of(name).shareOfStarts);

      expect(Math.abs(before - after) * 100).toBeLessThan(MOST_POINTS_OFF);
    }
    // A slot may wait for one look at the idle queue between two tasks of half a second.
    expect(Math.abs(withIdle.fleet.busy - without.fleet.busy)).toBeLessThan(0.08);
  });
});
