import type { ContenderName } from './contenders/names.ts';
import type { Job } from './job.ts';
import type { Options, Part } from './options.ts';

type WithoutUrl<Of> = Of extends unknown ? Omit<Of, 'url'> : never;

/** One line of one table, measured again in each trial. */
export type Entry = {
  readonly part: Part;
  /** Title of the table. */
  readonly title: string;
  readonly label: string;
  readonly job: WithoutUrl<Job>;
};

const WORKERS: readonly ContenderName[] = [
  'ours',
  'graphile-worker-batch',
  'graphile-worker',
  'pg-boss-batch',
  'pg-boss',
  'raw',
];
const SENDERS = [
  'ours',
  'graphile-worker',
  'pg-boss',
  'pg-boss-notify',
  'raw-same-table',
  'raw',
] as const;
const WAITERS = [
  'notify',
  'ours',
  'graphile-worker',
  'graphile-worker-batch',
  'pg-boss-notify',
  'pg-boss',
] as const;
const IDLE: readonly ContenderName[] = [
  'ours',
  'graphile-worker',
  'graphile-worker-batch',
  'pg-boss-notify',
  'pg-boss',
];

const CONCURRENCIES = [10, 100];

/** All there is to measure, in order. */
export function planOf({ parts, contenders, tasks, isQuick }: Options): Entry[] {
  const entries: Entry[] = [
    ...SENDERS.map((contender) => ({
      part: 'enqueue' as const,
      title: 'enqueue, tasks/s',
      label: contender,
      job: { measure: 'enqueue' as const, contender, tasks: isQuick ? 200 : 2000 },
    })),
    ...CONCURRENCIES.flatMap((concurrency) =>
      WORKERS.map((contender) => ({
        part: 'burn-down' as const,
        title: `burn-down, ${concurrency} at once`,
        label: contender,
        job: {
          measure: 'burn-down' as const,
          contender,
          tasks,
          concurrency,
          seconds: isQuick ? 4 : 20,
        },
      })),
    ),
    ...WAITERS.map((contender) => ({
      part: 'latency' as const,
      title: 'pickup of a single task, idle',
      label: contender,
      job: {
        measure: 'latency' as const,
        contender,
        tasks: isQuick ? 50 : 300,
        seconds: isQuick ? 4 : 30,
      },
    })),
    ...IDLE.map((contender) => ({
      part: 'idle' as const,
      title: 'idle, statements a minute',
      label: contender,
      job: { measure: 'idle' as const, contender, seconds: isQuick ? 15 : 120 },
    })),
    ...claimsOf(isQuick ? 50_000 : 1_000_000),
  ];
  return entries.filter(
    ({ part, label }) =>
      parts.includes(part) &&
      (part === 'claims' || contenders === undefined || contenders.includes(label)),
  );
}

const claimsOf = (many: number): Entry[] =>
  [
    { waiting: 1000, finished: 0 },
    { waiting: many, finished: 0 },
    { waiting: 1000, finished: many },
  ].map(({ waiting, finished }) => ({
    part: 'claims' as const,
    title: 'claims of 100 by ours',
    label: `${waiting.toLocaleString('en-GB')} waiting, ${finished.toLocaleString('en-GB')} finished`,
    job: { measure: 'claims' as const, waiting, finished },
  }));
