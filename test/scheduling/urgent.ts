import type { ScenarioInput } from '../../shared/simulation/scenario.ts';
import { type Check, onSqs, run, saturated, THREE, THREE_ON_POSTGRES } from './check.ts';

/** Two round trips of 10 ms and 20 ms. */
const AT_ONCE_SECONDS = 0.04;

type Options = {
  readonly queues?: readonly { readonly name: string; readonly weight: number }[];
  readonly urgent?: string;
  readonly lightSeconds: number;
  readonly workers?: number;
  readonly more?: Partial<ScenarioInput>;
};

/** Light queues have a backlog; now and then an urgent task arrives that one free slot can take. */
const scenario = ({
  queues = THREE,
  urgent = 'priority',
  lightSeconds,
  workers = 1,
  more,
}: Options): ScenarioInput => ({
  config: { queues },
  workers: [{ count: workers }],
  arrivals: [
    ...saturated(
      queues.filter(({ name }) => name !== urgent),
      lightSeconds,
    ),
    { queue: urgent, runSeconds: 0.05, everySeconds: 3.7, from: 10 },
  ],
  seconds: Math.min(Math.max(lightSeconds * 6, 200), 1200),
  ...more,
});

const check = (name: string, options: Options): Check => ({
  name: `urgent/${name}`,
  limit: AT_ONCE_SECONDS,
  unit: 's p99',
  measure: async (seed) =>
    (await run(scenario(options), seed)).of(options.urgent ?? 'priority').waits.p99,
});

const TIERS = [onSqs('urgent', 10, { tier: 1 }), onSqs('standard', 90), onSqs('background', 30)];

const SIX = [
  onSqs('priority', 90),
  ...['a', 'b', 'c', 'd', 'e'].map((name, index) => onSqs(name, 10 * (index + 1))),
];

const limited = (slots: number): Partial<ScenarioInput> => ({
  workers: [{ events: [{ at: 0, do: 'limit', slots }] }],
});

/** Urgent tasks of 30 s that load the kept slots of a fleet by 30 %. */
const keptSlots = (workers: number): Check => ({
  name: `urgent/kept slots at 30 %, ${workers} workers`,
  limit: 0.1,
  unit: 's p99 more than a central queue',
  measure: async (seed) => {
    const { starts, of } = await run(
      {
        config: { queues: THREE },
        workers: [{ count: workers }],
        arrivals: [
          ...saturated(THREE.slice(1), 30),
          { queue: 'priority', runSeconds: 30, perSecond: (0.3 * workers) / 30, from: 60 },
        ],
        seconds: 1200,
      },
      seed,
    );
    const urgent = starts.filter(
      ({ task, isRepeated }) => task.queue === 'priority' && !isRepeated,
    );
    const central = centralWaits(
      urgent.map(({ task }) => task.arrivedAt).sort((a, b) => a - b),
      workers,
    );
    return of('priority').waits.p99 - (central[Math.floor(central.length * 0.99)] ?? 0);
  },
});

/** Waits in one queue with this many slots for tasks of 30 s, in seconds, ascending. */
function centralWaits(arrivals: readonly number[], slots: number): number[] {
  const free = Array.from({ length: slots }, () => 0);
  const waits = arrivals.map((at) => {
    const next = free.indexOf(Math.min(...free));
    const begin = Math.max(at, free[next] ?? 0);
    free[next] = begin + 30_000;
    return (begin - at) / 1000;
  });
  return waits.sort((a, b) => a - b);
}

export const URGENT: readonly Check[] = [
  check('light tasks of 2 s', { lightSeconds: 2 }),
  check('light tasks of 30 s', { lightSeconds: 30 }),
  check('light tasks of 10 min', { lightSeconds: 600 }),
  check('light tasks of 1 h', { lightSeconds: 3600 }),
  check('light tasks of 30 s, five light queues', { queues: SIX, lightSeconds: 30 }),
  check('a tier of its own', { queues: TIERS, urgent: 'urgent', lightSeconds: 30 }),
  check('5 of 10 slots', { lightSeconds: 30, more: limited(5) }),
  check('2 of 10 slots', { lightSeconds: 30, more: limited(2) }),
  check('3 workers', { lightSeconds: 30, workers: 3 }),
  check('10 workers', { lightSeconds: 30, workers: 10 }),
  check('30 workers', { lightSeconds: 30, workers: 30 }),
  check('PostgreSQL', { queues: THREE_ON_POSTGRES, lightSeconds: 30, workers: 3 }),
  keptSlots(10),
  keptSlots(30),
];
