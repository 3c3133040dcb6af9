import { isoTime } from '../../shared/clock.ts';
import { strictObject } from '../../shared/strict-object.ts';
import {
  EXECUTION_FIELDS,
  ExecutionTimesByName,
  RAN_TO_AN_END,
} from '../../shared/task-log/execution-times.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { parseQuery, type Route } from './http.ts';
import { ownerToRead } from './owner-scope.ts';
import { dateTime } from './query-fields.ts';

const MAX_DAYS = 31;
const DAY_MS = 86_400_000;

/** The query string of GET /stats/execution-times. */
export const executionTimesQuery = strictObject({ from: dateTime, to: dateTime }).superRefine(
  ({ from, to }, context) => {
    const problem = (message: string): void =>
      context.addIssue({ code: 'custom', path: ['to'], message });
    if (to <= from) problem('must be later than from');
    if (to - from > MAX_DAYS * DAY_MS) problem(`must be at most ${MAX_DAYS} days after from`);
  },
  { when: () => true },
);

/**
 * GET /stats/execution-times → 200 `{ from, to, tasks, recordsRead }`: per task name, in seconds, how
 * long the tasks took that were created in the range. The caller's own, an admin's everybody's.
 */
export const getExecutionTimes =
  (log: TaskLog): Route =>
  async (request) => {
    const { from, to } = parseQuery(executionTimesQuery, request);
    const times = new ExecutionTimesByName();
    const owner = ownerToRead(request.caller);
    const { recordsRead } = await log.visit(
      { ...RAN_TO_AN_END, owner, createdAfter: from, createdBefore: to },
      EXECUTION_FIELDS,
      (task) => times.add(task),
    );
    return {
      status: 200,
      body: { from: isoTime(from), to: isoTime(to), tasks: times.summary(), recordsRead },
    };
  };
