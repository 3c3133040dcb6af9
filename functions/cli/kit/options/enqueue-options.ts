import { timeoutProblem, type WaitFlags } from '../wait-for-tasks.ts';
import type { TaskFlags } from './task-arguments.ts';

/** Options of `enqueue`. */
export type EnqueueFlags = TaskFlags &
  WaitFlags & {
    readonly delay?: number;
    readonly idempotencyKey?: string;
    readonly dryRun?: boolean;
    readonly bulk?: string;
    readonly errors?: string;
    readonly journal?: string;
    readonly restart?: boolean;
    readonly withoutRecords?: boolean;
  };

type Problem = string | false | undefined;

/** Options of `enqueue` that exclude or need each other. */
export const enqueueProblems = (
  name: string | undefined,
  source: string | undefined,
  options: EnqueueFlags,
): Problem[] =>
  options.bulk === undefined ? singleProblems(name, options) : bulkProblems(source, options);

const singleProblems = (
  name: string | undefined,
  { wait, timeout, dryRun, idempotencyKey, errors, journal, restart, withoutRecords }: EnqueueFlags,
): Problem[] => [
  name === undefined && 'Specify a task name, or a file with --bulk.',
  timeoutProblem({ wait, timeout }),
  dryRun === true &&
    wait === true &&
    '--wait cannot be combined with --dry-run, which enqueues nothing.',
  idempotencyKey !== undefined &&
    !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey) &&
    '--idempotency-key must be 1 to 255 printable ASCII characters.',
  errors !== undefined && '--errors needs --bulk.',
  journal !== undefined && '--journal needs --bulk.',
  restart === true && '--restart needs --bulk.',
  withoutRecords === true && '--without-records needs --bulk.',
];

const bulkProblems = (source: string | undefined, options: EnqueueFlags): Problem[] => [
  source !== undefined &&
    `"${source}" cannot be combined with --bulk: each line has its parameters.`,
  options.param !== undefined &&
    '--param cannot be combined with --bulk: each line has its parameters.',
  options.wait === true && '--wait cannot be combined with --bulk.',
  options.timeout !== undefined && '--timeout cannot be combined with --bulk.',
  options.idempotencyKey !== undefined &&
    '--idempotency-key cannot be combined with --bulk: the journal does the same.',
  options.dryRun === true &&
    (options.restart === true || options.journal !== undefined) &&
    '--dry-run cannot be combined with --journal or --restart.',
];
