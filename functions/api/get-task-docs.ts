import * as z from 'zod';
import { dateTime, json, oneOf, type Shape, taskId } from '../../shared/api/schemas.ts';
import type {
  FileView,
  StatusInWords,
  StatusView,
  TaskSummaryView,
  TaskView,
} from '../../shared/api/views.ts';
import type { Report, ReportType } from '../../shared/report/report.ts';
import { TASK_CATEGORIES } from '../../shared/task/task-definition.ts';
import { LABEL_BY_CATEGORY, TASK_STATUSES } from '../../shared/task-log/status.ts';
import type { TaskProgress } from '../../shared/task-log/task-log.ts';
import { waitQuerySchema } from './get-task.ts';
import { type RouteDoc, TASKS } from './openapi/route-doc.ts';

const reportSchema = z
  .strictObject({
    type: oneOf<ReportType>({ info: true, success: true, warning: true, error: true }),
    message: z.string(),
    data: json.exactOptional(),
    get children(): z.ZodArray<z.ZodType<Report>> {
      return z.array(reportSchema);
    },
  } satisfies Shape<Report>)
  .meta({
    id: 'Report',
    description: 'The result of a run, as a tree. One error in it makes the task failed.',
  });

const progressSchema = z
  .strictObject({
    percent: z.number(),
    message: z.string().exactOptional(),
  } satisfies Shape<TaskProgress>)
  .meta({ id: 'Progress', description: 'The progress that a running task reports, 0 to 100.' });

const status = z.enum(TASK_STATUSES).meta({ id: 'Status' });

const inWords = {
  statusCategory: oneOf(LABEL_BY_CATEGORY).describe('The status as people see it.'),
  statusLabel: z.string().describe('The category in English.'),
} satisfies Shape<StatusInWords>;

const summaryShape = {
  id: taskId,
  name: z.string(),
  label: z.string(),
  owner: z.string().exactOptional().describe('Absent: the system.'),
  parentId: z.string().exactOptional(),
  masterStatus: z.boolean().describe("True: children do not change the task's status."),
  retryOf: taskId.exactOptional().describe('The task that this one repeats.'),
  queue: z.string(),
  status,
  ...inWords,
  category: z.enum(TASK_CATEGORIES).describe('The kind of work.'),
  hasFile: z.boolean().describe('Whether the task made a file that you can download.'),
  attempt: z.int().min(0).describe('Attempts started so far.'),
  createdAt: dateTime,
  updatedAt: dateTime,
  dueAt: dateTime.exactOptional().describe('With a delay: the earliest start.'),
  startedAt: dateTime.exactOptional().describe('When the latest attempt started.'),
  finishedAt: dateTime.exactOptional(),
  cancelRequestedAt: dateTime.exactOptional().describe('When cancellation was requested.'),
  progress: progressSchema.exactOptional(),
} satisfies Shape<TaskSummaryView>;

export const summarySchema = z
  .strictObject(summaryShape)
  .meta({ id: 'TaskSummary', description: 'A task without its parameters and report.' });

const taskSchema = z
  .strictObject({
    ...summaryShape,
    parameters: json,
    report: reportSchema.exactOptional().describe('The report of the latest ended attempt.'),
  } satisfies Shape<TaskView>)
  .meta({ id: 'Task', description: 'A task with its parameters and report.' });

const statusSchema = z
  .strictObject({
    id: taskId,
    status,
    ...inWords,
    progress: progressSchema.exactOptional(),
  } satisfies Shape<StatusView>)
  .meta({ id: 'TaskStatus' });

const fileSchema = z
  .strictObject({
    url: z.string().describe('Downloads the file without further credentials.'),
    name: z.string(),
    bytes: z.int().min(0),
    contentType: z.string(),
    expiresAt: dateTime.describe('When the link expires.'),
  } satisfies Shape<FileView>)
  .meta({ id: 'TaskFile', description: "The download link of a task's file." });

export const getTaskDoc: RouteDoc<'id'> = {
  operationId: 'getTask',
  tag: TASKS,
  summary: 'Get a task with its parameters and report',
  description: "Another owner's task is 404, like a task that does not exist.",
  path: { id: taskId },
  query: waitQuerySchema,
  responses: { 200: { description: 'The task.', schema: taskSchema } },
  problems: ['TASK_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};

export const getTaskReportDoc: RouteDoc<'id'> = {
  operationId: 'getTaskReport',
  tag: TASKS,
  summary: 'Get only the report of a task',
  path: { id: taskId },
  query: waitQuerySchema,
  responses: {
    200: { description: 'The report of the latest ended attempt.', schema: reportSchema },
  },
  problems: ['TASK_NOT_FOUND', 'REPORT_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};

export const getTaskStatusDoc: RouteDoc<'id'> = {
  operationId: 'getTaskStatus',
  tag: TASKS,
  summary: 'Get only the status of a task',
  path: { id: taskId },
  query: waitQuerySchema,
  responses: { 200: { description: 'The status.', schema: statusSchema } },
  problems: ['TASK_NOT_FOUND', 'LOG_UNAVAILABLE'],
};

export const getTaskFileDoc: RouteDoc<'id'> = {
  operationId: 'getTaskFile',
  tag: TASKS,
  summary: 'Download the file that a task made',
  description:
    'Redirects to a link that is valid for five minutes. `hasFile` of the task says whether there is a file.',
  path: { id: taskId },
  responses: {
    303: {
      description: 'Follow `location`, or use the same link from the body.',
      schema: fileSchema,
      headers: { location: 'The signed link of the file. Send no credentials with it.' },
    },
  },
  problems: ['TASK_NOT_FOUND', 'FILE_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};
