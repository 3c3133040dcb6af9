import type { ScenarioInput } from '../../shared/simulation/scenario.ts';
import {
  type Check,
  onPostgres,
  onSqs,
  run,
  saturated,
  shareError,
  THREE,
  THREE_ON_POSTGRES,
} from './check.ts';

type Options = {
  readonly slots: number;
  readonly runSeconds: Parameters<typeof saturated>[1];
  readonly seconds: number;
  readonly queues?: readonly { readonly name: string; readonly weight: number }[];
  readonly broker?: ScenarioInput['broker'];
  readonly strategy?: string;
};

const scenario = (options: Options): ScenarioInput => {
  const { slots, runSeconds, seconds, queues = THREE, broker, strategy } = options;
  return {
    config: { queues, strategy, worker: { lanes: false, concurrency: slots } },
    arrivals: saturated(queues, runSeconds, Math.max(20 * slots, 300)),
    broker,
    seconds,
    measureFrom: 1,
  };
};

const check = (name: string, options: Options): Check => ({
  name: `shares/${name}`,
  limit: 0.5,
  unit: 'points',
  measure: async (seed) => {
    const { of } = await run(scenario(options), seed);
    return shareError(options.queues ?? THREE, (queue) => of(queue).shareOfStarts ?? 0);
  },
});

const MIXED = [
  { share: 0.6, seconds: 0.005 },
  { share: 0.3, seconds: 0.5 },
  { share: 0.08, seconds: 3 },
  { share: 0.02, seconds: 60 },
];

const SHORT = { shortAnswers: true };
/** One answer in 500 takes 0.3 to 30 s. */
const SLOW = { slow: { share: 0.002 } };

const receiving = (receive: number) =>
  THREE.map(({ name, weight }) => onSqs(name, weight, { receive }));

/** The share of starts that lower queues get, in percent. */
const leak = (name: string, queues: Options['queues'], options: Options): Check => ({
  name: `leak/${name}`,
  limit: 0.1,
  unit: '% to lower queues',
  measure: async (seed) => {
    const { of } = await run(scenario({ ...options, queues }), seed);
    return (1 - (of('priority').shareOfStarts ?? 0)) * 100;
  },
});

const TIERS = THREE.map(({ name, weight }) =>
  onSqs(name, weight, { tier: name === 'priority' ? 1 : 0 }),
);

type Mix = readonly [name: string, weight: number, runSeconds: Options['runSeconds']];

/** Two or more queues that differ in their run times. */
const slotTime = (name: string, mixes: readonly Mix[], slots = 10): Check => ({
  name: `slot time/${name}`,
  limit: 2,
  unit: 'points',
  measure: async (seed) => {
    const queues = mixes.map(([queue, weight]) => onSqs(queue, weight));
    const { of } = await run(
      {
        config: {
          queues,
          strategy: 'weighted-time',
          worker: { lanes: false, concurrency: slots },
        },
        arrivals: mixes.map(([queue, , runSeconds]) => ({ queue, runSeconds, keepWaiting: 200 })),
        seconds: 1800,
        measureFrom: 60,
      },
      seed,
    );
    return shareError(queues, (queue) => of(queue).shareOfSlotTime ?? 0);
  },
});

const RARELY = (short: number, long: number, share: number) => [
  { share: 1 - share, seconds: short },
  { share, seconds: long },
];

export const SHARES: readonly Check[] = [
  check('1 slot, 100 ms', { slots: 1, runSeconds: 0.1, seconds: 200 }),
  check('10 slots, 100 ms', { slots: 10, runSeconds: 0.1, seconds: 40 }),
  check('10 slots, 5 ms to 60 s mixed', { slots: 10, runSeconds: MIXED, seconds: 600 }),
  check('100 slots, 5 ms', { slots: 100, runSeconds: 0.005, seconds: 3 }),
  check('100 slots, 5 ms, short answers', {
    slots: 100,
    runSeconds: 0.005,
    seconds: 3,
    broker: SHORT,
  }),
  check('100 slots, 5 ms, receive 1', {
    slots: 100,
    runSeconds: 0.005,
    seconds: 3,
    queues: receiving(1),
  }),
  check('100 slots, 5 ms, slow answers', {
    slots: 100,
    runSeconds: 0.005,
    seconds: 10,
    broker: SLOW,
  }),
  check('100 slots, 100 ms, short answers', {
    slots: 100,
    runSeconds: 0.1,
    seconds: 20,
    broker: SHORT,
  }),
  check('10 slots, 100 ms, receive 3, short answers', {
    slots: 10,
    runSeconds: 0.1,
    seconds: 40,
    queues: receiving(3),
    broker: SHORT,
  }),
  check('100 slots, 5 ms, PostgreSQL', {
    slots: 100,
    runSeconds: 0.005,
    seconds: 3,
    queues: THREE_ON_POSTGRES,
  }),
  check('100 slots, 5 ms, SQS and PostgreSQL', {
    slots: 100,
    runSeconds: 0.005,
    seconds: 3,
    queues: [onPostgres('priority', 90), onSqs('standard', 30), onPostgres('background', 10)],
  }),
  leak('strict priority, 10 slots', THREE, {
    slots: 10,
    runSeconds: 0.1,
    seconds: 40,
    strategy: 'strict-priority',
  }),
  leak('strict priority, 100 slots of 5 ms', THREE, {
    slots: 100,
    runSeconds: 0.005,
    seconds: 3,
    strategy: 'strict-priority',
  }),
  leak('tiers, 10 slots', TIERS, { slots: 10, runSeconds: 0.1, seconds: 40 }),
  leak('tiers, 100 slots of 5 ms', TIERS, { slots: 100, runSeconds: 0.005, seconds: 3 }),
  slotTime('5 ms and 60 s (99:1) against 600 ms', [
    ['mixed', 1, RARELY(0.005, 60, 0.01)],
    ['even', 1, 0.6],
  ]),
  slotTime('100 ms and 20 s (95:5) against 1.1 s', [
    ['mixed', 1, RARELY(0.1, 20, 0.05)],
    ['even', 1, 1.1],
  ]),
  slotTime('exponential against fixed, 3:1', [
    ['mixed', 3, { exponential: 1 }],
    ['even', 1, 1],
  ]),
  slotTime('10 ms and 100 s (99.8:0.2) against 200 ms', [
    ['mixed', 1, RARELY(0.01, 100, 0.002)],
    ['even', 1, 0.2],
  ]),
  slotTime('100 ms, 1 s and 30 s', [
    ['short', 1, 0.1],
    ['medium', 1, 1],
    ['long', 1, 30],
  ]),
];
