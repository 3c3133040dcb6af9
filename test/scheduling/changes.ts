import type { ScenarioInput } from '../../shared/simulation/scenario.ts';
import { START_MS } from '../../shared/simulation/virtual-clock.ts';
import { type Check, onSqs, type Run, run, saturated, shareError, THREE } from './check.ts';

const CHANGE_AT = 30;
/** New shares hold from then on. */
const SETTLED_AT = CHANGE_AT + 1;
/** Starts over which the new shares are measured. */
const SAMPLE = 200;

type Weights = Readonly<Record<string, number>>;
type Overrides = NonNullable<ScenarioInput['changes']>[number]['overrides'];

/** Ten slots of 100 ms begin 100 tasks a second. */
const change = (
  name: string,
  queues: readonly ReturnType<typeof onSqs>[],
  changes: readonly [at: number, overrides: Overrides][],
  after: Weights,
  lanes = false,
): Check => ({
  name: `change/${name}`,
  limit: 1.5,
  unit: 'points',
  measure: async (seed) => {
    const { starts } = await run(
      {
        config: { queues, worker: { lanes } },
        arrivals: saturated(queues, 0.1),
        changes: changes.map(([at, overrides]) => ({ at, overrides })),
        seconds: 40,
      },
      seed,
    );
    const sample = starts.filter(({ second }) => second >= SETTLED_AT).slice(0, SAMPLE);
    const weighted = Object.entries(after).map(([queue, weight]) => ({ name: queue, weight }));
    const countOf = (queue: string): number =>
      sample.filter(({ task }) => task.queue === queue).length;
    return shareError(weighted, (queue) => countOf(queue) / sample.length);
  },
});

const HEAVY = [onSqs('priority', 10_000), onSqs('standard', 10_000), onSqs('background', 1)];

/** Tasks of other queues that begin between the arrival of the first important task and its start. */
const overtaken = (name: string, seconds: number, more: Options): Check => ({
  name: `first important task/${name}`,
  limit: 1,
  unit: 'tasks go first',
  measure: async (seed) => {
    const counts: number[] = [];
    for (const runs of ARRIVES_AFTER_RUNS) {
      counts.push(overtakenIn(await run(backlogged(seconds, runs, more), seed)));
    }
    return Math.max(...counts);
  },
});

/** The time that a message may take to a worker. */
const ARRIVAL_SECONDS = 0.03;

function overtakenIn({ starts }: Run): number {
  const first = starts.find(({ task }) => task.queue === 'priority');
  if (!first) return Number.POSITIVE_INFINITY;
  const arrivedAt = (first.task.arrivedAt - START_MS) / 1000;
  return starts.filter(
    ({ second, task }) =>
      task.queue !== 'priority' && second > arrivedAt + ARRIVAL_SECONDS && second < first.second,
  ).length;
}

type Options = Partial<ScenarioInput> & { readonly queues?: typeof THREE };

/** The important task arrives this many run times after the workers begin to catch up. */
const ARRIVES_AFTER_RUNS = [0.02, 0.5, 2, 5];

const backlogged = (
  seconds: number,
  afterRuns: number,
  { queues = THREE, ...more }: Options,
): ScenarioInput => ({
  config: { queues, worker: { lanes: false } },
  arrivals: [
    ...queues
      .slice(1)
      .map(({ name: queue }) => ({ queue, runSeconds: { exponential: seconds }, count: 2000 })),
    { queue: 'priority', runSeconds: seconds, count: 1, from: 40 + afterRuns * seconds },
  ],
  seconds: 40 + seconds * 50,
  ...more,
});

const PAUSED_WORKER: Partial<ScenarioInput> = {
  workers: [
    {
      events: [
        { at: 10, do: 'pause' },
        { at: 40, do: 'resume' },
      ],
    },
  ],
};

const LATE_WORKER: Partial<ScenarioInput> = { workers: [{ startAt: 40 }] };

const PAUSED_QUEUES: Partial<ScenarioInput> = {
  changes: [
    { at: 10, overrides: { paused: true } },
    { at: 40, overrides: {} },
  ],
};

const FOUR = [
  onSqs('priority', 200),
  onSqs('high', 90),
  onSqs('standard', 30),
  onSqs('background', 10),
];

/** A queue that is really empty for 300 ms, again and again. */
const comesBack: Check = {
  name: 'catching up/a queue that was empty for 300 ms',
  limit: 6,
  unit: 'starts in a row',
  measure: async (seed) => {
    const { starts } = await run(
      {
        config: {
          queues: [onSqs('steady', 1), onSqs('gappy', 1)],
          worker: { lanes: false },
        },
        arrivals: [
          { queue: 'steady', runSeconds: 0.02, keepWaiting: 300 },
          { queue: 'gappy', runSeconds: 0.02, perSecond: 800, onSeconds: 0.2, pauseSeconds: 1 },
        ],
        seconds: 40,
      },
      seed,
    );
    return longestRunOf('gappy', starts);
  },
};

function longestRunOf(queue: string, starts: Run['starts']): number {
  let longest = 0;
  let current = 0;
  for (const { task } of starts) {
    current = task.queue === queue ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

const pausedLane: Check = {
  name: 'lanes/a paused queue with minSlots',
  limit: 1,
  unit: '% of slots unused',
  measure: async (seed) => {
    const queues = [onSqs('main', 90), onSqs('reserved', 10, { minSlots: 4 })];
    const { fleet } = await run(
      {
        config: { queues },
        arrivals: saturated([{ name: 'main' }], 2),
        changes: [{ at: 0, overrides: { queues: { reserved: { paused: true } } } }],
        seconds: 300,
      },
      seed,
    );
    return (1 - fleet.busy) * 100;
  },
};

export const CHANGES: readonly Check[] = [
  change(
    'weights 10000/10000/1 → 10000/1/10000',
    HEAVY,
    [[CHANGE_AT, { queues: { standard: { weight: 1 }, background: { weight: 10_000 } } }]],
    { priority: 10_000, standard: 1, background: 10_000 },
  ),
  change(
    'weights 90/30/10 → 10/30/90',
    THREE,
    [[CHANGE_AT, { queues: { priority: { weight: 10 }, background: { weight: 90 } } }]],
    { priority: 10, standard: 30, background: 90 },
  ),
  change(
    'a queue is unpaused',
    THREE,
    [
      [5, { queues: { standard: { paused: true } } }],
      [CHANGE_AT, {}],
    ],
    { priority: 90, standard: 30, background: 10 },
  ),
  change(
    'a queue is freed from its lane',
    THREE,
    [
      [0, { lanes: true, queues: { priority: { maxSlots: 1 } } }],
      [CHANGE_AT, { lanes: false }],
    ],
    { priority: 90, standard: 30, background: 10 },
  ),
  overtaken('after a start into a backlog, 2 s', 2, LATE_WORKER),
  overtaken('after SIGUSR2 and SIGCONT, 2 s', 2, PAUSED_WORKER),
  overtaken('after a live pause, 2 s', 2, PAUSED_QUEUES),
  overtaken('after a start, four queues, 2 s', 2, { ...LATE_WORKER, queues: FOUR }),
  overtaken('after SIGCONT, four queues, 30 s', 30, { ...PAUSED_WORKER, queues: FOUR }),
  comesBack,
  pausedLane,
];
