import type { ScenarioInput } from '../../shared/simulation/scenario.ts';
import { type Check, onSqs, type Run, run, saturated, THREE, THREE_ON_POSTGRES } from './check.ts';

/** `bufferSeconds` and a round trip; the simulation looks ten times a second. */
const BUFFER_SECONDS = 5;
const BESIDE_FREE_SLOT = BUFFER_SECONDS + 0.2;

/** How tasks come to an idle fleet. */
const WAYS = {
  'at once': (count: number) => [{ queue: 'standard', count, from: 30 }],
  'within a second': (count: number) => [
    { queue: 'standard', everySeconds: 1 / count, from: 30, to: 31 - 0.5 / count },
  ],
  'to two queues': (count: number) => [
    { queue: 'standard', count: count / 2, from: 30 },
    { queue: 'priority', count: count / 2, from: 30 },
  ],
};

/** As many equal tasks as there are slots, which are all free. */
const burst = (
  workers: number,
  slots: number,
  way: keyof typeof WAYS,
  runSeconds = 600,
  queues = THREE,
): Check => ({
  name: `idle fleet/${workers} × ${slots} slots, ${runSeconds} s, ${way}${queues === THREE ? '' : ', PostgreSQL'}`,
  limit: 1.05 + 1 / runSeconds,
  unit: '× ideal',
  measure: async (seed) => {
    const { fleet } = await run(
      {
        config: { queues, worker: { concurrency: slots, lanes: false } },
        workers: [{ count: workers }],
        arrivals: WAYS[way](workers * slots).map((arrival) => ({ ...arrival, runSeconds })),
        seconds: 60 + runSeconds * 6,
        endsWhenDone: true,
      },
      seed,
    );
    return (fleet.open > 0 ? Number.POSITIVE_INFINITY : fleet.workSeconds) / runSeconds;
  },
});

const longestBeside = ({ queues }: Run): number =>
  Math.max(...queues.map(({ besideFreeSlot }) => besideFreeSlot));

const beside = (name: string, scenario: ScenarioInput): Check => ({
  name: `beside a free slot/${name}`,
  limit: BESIDE_FREE_SLOT,
  unit: 's',
  measure: async (seed) => longestBeside(await run(scenario, seed)),
});

const config = (queues: readonly object[] = THREE, worker: object = {}) => ({
  queues,
  worker: { bufferSeconds: BUFFER_SECONDS, ...worker },
});

/** The first worker is full of tasks of an hour when the second one starts. */
const fullAndIdle: ScenarioInput = {
  config: config(),
  workers: [{}, { startAt: 5 }],
  arrivals: [
    { queue: 'priority', runSeconds: 3600, count: 10 },
    { queue: 'priority', runSeconds: 0.1, everySeconds: 20, from: 10 },
  ],
  seconds: 900,
};

const mixedFleet = (queues: readonly object[]): ScenarioInput => ({
  config: config(queues),
  workers: [{ count: 10 }],
  arrivals: [
    { queue: 'standard', runSeconds: 30, perSecond: 1.5 },
    { queue: 'background', runSeconds: 2, perSecond: 5 },
    { queue: 'priority', runSeconds: { exponential: 5 }, perSecond: 1 },
  ],
  seconds: 900,
});

/** Tasks that a worker received and requeued before it began them, per task. */
const requeues = (name: string, workers: number, runSeconds: number): Check => ({
  name: `requeues/${name}`,
  limit: 1,
  unit: 'per task',
  measure: async (seed) => {
    const { queues } = await run(
      {
        config: config(THREE, { lanes: false }),
        workers: [{ count: workers }],
        arrivals: saturated(THREE, runSeconds),
        seconds: 900,
      },
      seed,
    );
    return Math.max(...queues.map((queue) => queue.requeues / Math.max(queue.started, 1)));
  },
});

const receives = (runSeconds: number, slots: number, seconds: number, limit: number): Check => ({
  name: `receives/tasks of ${runSeconds} s, ${slots} slots`,
  limit,
  unit: 'per task',
  measure: async (seed) => {
    const { queues } = await run(
      {
        config: { queues: THREE, worker: { concurrency: slots } },
        arrivals: saturated(THREE, runSeconds),
        seconds,
      },
      seed,
    );
    const total = (of: (queue: (typeof queues)[number]) => number): number =>
      queues.reduce((sum, queue) => sum + of(queue), 0);
    return total((queue) => queue.receives) / total(({ started }) => started);
  },
});

const idle: Check = {
  name: 'receives/an idle queue',
  limit: 180,
  unit: 'per hour',
  measure: async (seed) => {
    const { of } = await run(
      { config: { queues: [onSqs('only', 1)] }, arrivals: [], seconds: 3600 },
      seed,
    );
    return of('only').receives;
  },
};

export const FLEETS: readonly Check[] = [
  burst(10, 10, 'at once'),
  burst(10, 10, 'within a second'),
  burst(10, 10, 'to two queues'),
  burst(10, 10, 'within a second', 30),
  burst(50, 10, 'within a second'),
  burst(50, 10, 'to two queues'),
  burst(10, 1, 'at once'),
  burst(10, 1, 'to two queues'),
  burst(10, 2, 'at once'),
  burst(10, 2, 'to two queues'),
  burst(10, 1, 'at once', 600, THREE_ON_POSTGRES),
  burst(10, 10, 'within a second', 600, THREE_ON_POSTGRES),
  burst(50, 10, 'to two queues', 600, THREE_ON_POSTGRES),
  beside('one worker full, one idle', fullAndIdle),
  beside('10 workers at 60 % load', mixedFleet(THREE)),
  beside('10 workers at 60 % load, PostgreSQL', mixedFleet(THREE_ON_POSTGRES)),
  requeues('10 workers, 30 s', 10, 30),
  requeues('3 workers, 2 s', 3, 2),
  receives(0.1, 10, 60, 0.12),
  receives(2, 10, 300, 1.1),
  receives(30, 10, 1200, 1.1),
  idle,
];
