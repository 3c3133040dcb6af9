import { timeoutProblem, type WaitFlags } from '../wait-for-tasks.ts';
import type { TaskOptions } from './task-arguments.ts';

/** What is said at the command line. */
export type EnqueueOptions = TaskOptions &
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
  options: EnqueueOptions,
): Problem[] =>
  options.bulk === undefined ? singleProblems(name, options) : bulkProblems(source, options);

const singleProblems = (
  name: string | undefined,
  {
    wait,
    timeout,
    dryRun,
    idempotencyKey,
    errors,
    journal,
    restart,
    withoutRecords,
  }: EnqueueOptions,
): Problem[] => [
  name === undefined && 'Name a task, or a file of them with --bulk.',
  timeoutProblem({ wait, timeout }),
  dryRun === true && wait === true && '--dry-run enqueues nothing that --wait could wait for.',
  idempotencyKey !== undefined &&
    !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey) &&
    '--idempotency-key must be 1 to 255 printable ASCII characters.',
  errors !== undefined && '--errors needs --bulk.',
  journal !== undefined && '--journal needs --bulk.',
  restart === true && '--restart needs --bulk.',
  withoutRecords === true && '--without-records needs --bulk.',
];

const bulkProblems = (source: string | undefined, options: EnqueueOptions): Problem[] => [
  source !== undefined && `"${source}" does not go with --bulk: each line has its parameters.`,
  options.param !== undefined && '--param does not go with --bulk: each line has its parameters.',
  options.wait === true && '--wait does not go with --bulk.',
  options.timeout !== undefined && '--timeout does not go with --bulk.',
  options.idempotencyKey !== undefined &&
    '--idempotency-key does not go with --bulk: its journal does the same.',
  options.dryRun === true &&
    (options.restart === true || options.journal !== undefined) &&
    '--dry-run has no journal.',
];
