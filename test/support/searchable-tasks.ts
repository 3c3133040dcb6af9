import fc from 'fast-check';
import { ulid } from 'ulid';
import { isoTime } from '../../shared/clock.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { ListOrder } from '../../shared/task-log/id-range.ts';
import type { TaskStatus } from '../../shared/task-log/status.ts';
import type { TaskFilter } from '../../shared/task-log/task-filter.ts';
import type { ListQuery, TaskPage } from '../../shared/task-log/task-log.ts';
import { aTask } from './a-task.ts';
import { aClaim, type TaskLogHarness } from './task-log-harness.ts';

const NAMES = ['export', 'import'] as const;
const OWNERS = ['ann', 'ben'] as const;
const PARENTS = [ulid(1), ulid(2)] as const;
const QUEUES = ['priority', 'standard'] as const;
const LABELS = ['Export of delivery 1', 'Export of délivery 2', 'Import'] as const;
const STATUSES = ['enqueued', 'running', 'completed', 'failed', 'cancelled'] as const;

const START = Date.parse('2026-11-24T09:00:00Z');
const MINUTE_MS = 60_000;

export type SearchableTask = {
  readonly task: Task;
  readonly queue: string;
  readonly status: (typeof STATUSES)[number];
  readonly updatedAt: number;
};

/** One of few, so that tasks are created and change just where a range begins or ends. */
const anyTime = fc.nat({ max: 20 }).map((minutes) => START + minutes * MINUTE_MS);
const maybe = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values));

export const anyTask: fc.Arbitrary<SearchableTask> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    label: fc.constantFrom(...LABELS),
    owner: maybe(OWNERS),
    parentId: maybe(PARENTS),
    queue: fc.constantFrom(...QUEUES),
    status: fc.constantFrom(...STATUSES),
    createdAt: anyTime,
    updatedAt: anyTime,
  })
  .map(({ queue, status, updatedAt, createdAt, owner, parentId, ...rest }) => {
    const id = ulid(createdAt);
    const optional = { ...(owner && { owner }), ...(parentId && { parentId }) };
    const task = aTask({ ...rest, ...optional, id, createdAt: isoTime(createdAt) });
    return { task, queue, status, updatedAt };
  });

/** There in every fourth filter, so that most filters let some tasks through. */
const sometimes = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

export const anyFilter: fc.Arbitrary<TaskFilter> = fc.record({
  owner: sometimes(fc.constantFrom(...OWNERS)),
  parentId: sometimes(fc.constantFrom(...PARENTS)),
  names: sometimes(fc.subarray([...NAMES])),
  statuses: sometimes(
    fc.oneof(fc.subarray([...STATUSES]), fc.constant<TaskStatus[]>(['failed', 'unknown'])),
  ),
  queues: sometimes(fc.subarray([...QUEUES])),
  labelPrefix: sometimes(fc.constantFrom('Export', 'Export of dé', 'Import', 'export')),
  createdAfter: sometimes(anyTime),
  createdBefore: sometimes(anyTime),
  updatedAfter: sometimes(anyTime),
  updatedBefore: sometimes(anyTime),
});

/** Writes the record of a task as it is after all that happened to it. */
export async function recordTask(
  { log, clock }: Pick<TaskLogHarness, 'log' | 'clock'>,
  { task, queue, status, updatedAt }: SearchableTask,
): Promise<void> {
  clock.moveTo(updatedAt);
  await log.recordEnqueued(task, queue);
  if (status === 'cancelled') await log.cancel(task.id);
  if (status === 'enqueued' || status === 'cancelled') return;
  const result = await log.claim(task, { ...aClaim(), queue });
  if (result.outcome !== 'claimed') throw new Error(`the claim was answered ${result.outcome}`);
  if (status === 'running') return;
  await log.finish(result.claim, { status, report: Report.info('ended') });
}

/** Implements a filter independently of the code under test. */
function satisfies(
  { task, queue, status, updatedAt }: SearchableTask,
  filter: TaskFilter,
): boolean {
  const createdAt = Date.parse(task.createdAt);
  const { owner = task.owner, parentId = task.parentId, labelPrefix = '' } = filter;
  const { names = [task.name], statuses = [status], queues = [queue] } = filter;
  const { createdAfter = createdAt, createdBefore = createdAt + 1 } = filter;
  const { updatedAfter = updatedAt, updatedBefore = updatedAt + 1 } = filter;
  return [
    task.owner === owner,
    task.parentId === parentId,
    names.some((name) => task.name === name),
    statuses.some((accepted) => status === accepted),
    queues.some((accepted) => queue === accepted),
    task.label.slice(0, labelPrefix.length) === labelPrefix,
    createdAt >= createdAfter && createdAt < createdBefore,
    updatedAt >= updatedAfter && updatedAt < updatedBefore,
  ].every(Boolean);
}

/** The ids that a list of these tasks must show, all pages together. */
export function expectedIds(
  tasks: readonly SearchableTask[],
  filter: TaskFilter,
  order: ListOrder,
): string[] {
  const ids = tasks
    .filter((task) => satisfies(task, filter))
    .map(({ task }) => task.id)
    .sort();
  return order === 'oldest' ? ids : ids.reverse();
}

/** The ids on all pages of a list. Between two pages something else may happen. */
export async function idsOnAllPages(
  list: (query: ListQuery) => Promise<TaskPage>,
  query: ListQuery,
  betweenPages: () => Promise<void> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { tasks, next } = await list({ ...query, cursor });
    if (tasks.length > query.limit) throw new Error(`a page has ${tasks.length} tasks`);
    ids.push(...tasks.map(({ id }) => id));
    cursor = next;
    await betweenPages();
  } while (cursor !== undefined);
  return ids;
}
