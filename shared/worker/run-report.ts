import { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';

/** The report of a task whose handler came to its end. */
export const runReport = ({ id }: Task, returned: Report | undefined): Report =>
  Report.info(`Running task ${id}`, undefined, [
    returned ?? Report.info('The task returned no report.'),
  ]);

/** The report of an attempt that did not. Messages only: a stack trace is for the worker's log. */
export const failureReport = ({ id }: Task, reason: string): Report =>
  Report.error(`Executing task ${id} failed`, undefined, [Report.error(reason)]);

/** The report of a task that was cancelled while it ran. */
export const cancelReport = ({ id }: Task): Report =>
  Report.info(`Task ${id} was cancelled while it ran`);
