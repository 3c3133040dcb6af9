import type { Command } from 'commander';
import {
  STATUS_CATEGORIES,
  statusesAmong,
  TASK_STATUSES,
} from '../../../../shared/task-log/status.ts';
import type { TaskFilter } from '../../../../shared/task-log/task-filter.ts';
import type { Wiring } from '../../../wiring/wiring.ts';
import { notOneOf } from '../suggest.ts';
import { list, notEmpty, pointInTime } from './parse-option.ts';

/** Options that select tasks. */
export type FilterOptions = {
  readonly status?: readonly string[];
  readonly category?: readonly string[];
  readonly name?: readonly string[];
  readonly queue?: readonly string[];
  readonly owner?: string;
  readonly parent?: string;
  readonly label?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly updatedAfter?: number;
  readonly updatedBefore?: number;
};

/** Adds all filter options but those of the status. */
export const withFilterOptions = (command: Command): Command =>
  command
    .option('--name <names>', 'Only tasks of these names, separated by commas', list)
    .option('--queue <queues>', 'Only these queues, separated by commas', list)
    .option('--owner <owner>', 'Only tasks of this owner', notEmpty)
    .option('--parent <id>', 'Only children of this task', notEmpty)
    .option('--label <text>', 'Only labels that start with this text', notEmpty)
    .option('--created-after <time>', 'An age (90m, 7d) or a date (2026-11-24)', pointInTime)
    .option('--created-before <time>', 'As above', pointInTime)
    .option('--updated-after <time>', 'As above, for the latest change', pointInTime)
    .option('--updated-before <time>', 'As above, for the latest change', pointInTime);

/** Adds the filter options of the status. */
export const withStatusOptions = (command: Command): Command =>
  command
    .option('--status <statuses>', `Any of ${TASK_STATUSES.join(', ')}`, list)
    .option('--category <categories>', `Any of ${STATUS_CATEGORIES.join(', ')}`, list);

export function filterOf({ name, queue, parent, label, ...options }: FilterOptions): TaskFilter {
  const { owner, createdAfter, createdBefore, updatedAfter, updatedBefore } = options;
  const { status, category } = options;
  const times = { createdAfter, createdBefore, updatedAfter, updatedBefore };
  const statuses = statusesAmong(
    status && TASK_STATUSES.filter((one) => status.includes(one)),
    category && STATUS_CATEGORIES.filter((one) => category.includes(one)),
  );
  return {
    names: name,
    queues: queue,
    statuses,
    owner,
    parentId: parent,
    labelPrefix: label,
    ...times,
  };
}

/** Problems of the filter options. */
export function filterProblems(options: FilterOptions): string[] {
  const { status = [], category = [], name = [], queue = [] } = options;
  const { createdAfter, createdBefore, updatedAfter, updatedBefore } = options;
  return [
    ...unknown('status', status, TASK_STATUSES),
    ...unknown('category', category, STATUS_CATEGORIES),
    ...tooMany('name', name),
    ...tooMany('queue', queue),
    ...emptyRange('created', createdAfter, createdBefore),
    ...emptyRange('updated', updatedAfter, updatedBefore),
  ];
}

/** Names that the code or the configuration does not have. The log may have them, but mostly they are misspelled. */
export const filterDoubts = (
  { name = [], queue = [] }: FilterOptions,
  { catalogue, config }: Pick<Wiring, 'catalogue' | 'config'>,
): string[] => [
  ...unknown('task of this version', name, catalogue.names),
  ...unknown(
    'queue of this configuration',
    queue,
    config.queues.map((one) => one.name),
  ),
];

const unknown = (what: string, words: readonly string[], known: readonly string[]): string[] =>
  words.filter((word) => !known.includes(word)).map((word) => notOneOf(what, word, known));

/** DynamoDB accepts this many values in an IN: task-filter.ts. */
const MAX_WORDS = 100;

const tooMany = (option: string, words: readonly string[]): string[] =>
  words.length > MAX_WORDS
    ? [`--${option} accepts at most ${MAX_WORDS} values, not ${words.length}.`]
    : [];

const emptyRange = (what: string, after = Number.NEGATIVE_INFINITY, before = Infinity): string[] =>
  after < before ? [] : [`--${what}-before must be later than --${what}-after.`];
