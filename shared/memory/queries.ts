import { idRange, idRangeAfter, isWithin } from '../task-log/id-range.ts';
import { cursorAfter, idInCursor } from '../task-log/paging.ts';
import { matcherOf, type TaskFilter } from '../task-log/task-filter.ts';
import type { ListQuery, TaskPage, TaskRecord, TaskSummary } from '../task-log/task-log.ts';

export function listRecords(records: readonly TaskRecord[], query: ListQuery): TaskPage {
  const { limit, offset = 0, order = 'newest', cursor } = query;
  const start = cursor === undefined ? undefined : idInCursor(cursor, query);
  const left = start === undefined ? undefined : idRangeAfter(idRange({}), start, order);
  const tasks = matchingTasks(records, query)
    .filter(({ id }) => left === undefined || isWithin(left, id))
    .sort((a, b) => (a.id < b.id === (order === 'oldest') ? -1 : 1));
  const page = tasks.slice(offset, offset + limit);
  const last = page.at(-1);
  const isLastPage = tasks.length <= offset + limit;
  return {
    tasks: page,
    recordsRead: records.length,
    next: last && !isLastPage ? cursorAfter(last.id, query) : undefined,
  };
}

export const matchingTasks = (records: readonly TaskRecord[], filter: TaskFilter): TaskSummary[] =>
  records.filter(matcherOf(filter)).map(summaryOfRecord);

export function summaryOfRecord({
  parameters: _parameters,
  report: _report,
  ...summary
}: TaskRecord): TaskSummary {
  return summary;
}
