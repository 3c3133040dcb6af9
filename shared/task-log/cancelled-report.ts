import { Report } from '../report/report.ts';

/** The report of a task that was cancelled before it began. */
export const cancelledReport = (taskId: string): Report =>
  Report.info(`Task ${taskId} was cancelled before it began`);
