import * as z from 'zod';
import type {
  StatusInWords,
  StatusView,
  TaskPageView,
  TaskSummaryView,
  TaskTableView,
  TaskView,
} from '../../../../shared/api/views.ts';
import type { Report, ReportType } from '../../../../shared/report/report.ts';
import { TASK_CATEGORIES } from '../../../../shared/task/category.ts';
import { LABEL_BY_CATEGORY, TASK_STATUSES } from '../../../../shared/task-log/status.ts';
import type { Progress } from '../../../../shared/task-log/task-log.ts';
import { dateTime, json, oneOf, type Shape, taskId } from './shape.ts';

export const reportSchema = z
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
    description: 'What the run has to say: a tree. One error anywhere in it makes the task failed.',
  });

const progressSchema = z
  .strictObject({
    percent: z.number(),
    message: z.string().exactOptional(),
  } satisfies Shape<Progress>)
  .meta({ id: 'Progress', description: 'How far a running task says it is, 0 to 100.' });

const status = z.enum(TASK_STATUSES).meta({ id: 'Status' });

const inWords = {
  statusCategory: oneOf(LABEL_BY_CATEGORY).describe('What people are shown of it.'),
  statusLabel: z.string().describe('The category in English.'),
} satisfies Shape<StatusInWords>;

const summaryShape = {
  id: taskId,
  name: z.string(),
  label: z.string(),
  owner: z.string().exactOptional().describe('Absent: the system.'),
  parentId: z.string().exactOptional(),
  masterStatus: z.boolean().describe('True: its children do not change its status.'),
  retryOf: taskId.exactOptional().describe('The task that it repeats.'),
  queue: z.string(),
  status,
  ...inWords,
  category: z.enum(TASK_CATEGORIES).describe('What it does to its subject.'),
  hasFile: z.boolean().describe('Whether it made a file that can be downloaded.'),
  attempt: z.int().min(0).describe('Attempts begun so far.'),
  createdAt: dateTime,
  updatedAt: dateTime,
  dueAt: dateTime.exactOptional().describe('Of a task with a delay: it does not begin before.'),
  startedAt: dateTime.exactOptional().describe('When the latest attempt began.'),
  finishedAt: dateTime.exactOptional(),
  cancelRequestedAt: dateTime.exactOptional().describe('When its cancellation was asked for.'),
  progress: progressSchema.exactOptional(),
} satisfies Shape<TaskSummaryView>;

const summarySchema = z
  .strictObject(summaryShape)
  .meta({ id: 'TaskSummary', description: 'A task without its parameters and report.' });

export const taskSchema = z
  .strictObject({
    ...summaryShape,
    parameters: json,
    report: reportSchema.exactOptional().describe('Of the latest attempt that ended.'),
  } satisfies Shape<TaskView>)
  .meta({ id: 'Task', description: 'A task with its parameters and report.' });

export const taskTableSchema = z
  .strictObject({
    rows: z.int().min(1),
    page: z.int().min(1),
    amount: z.int().min(0).describe('Rows on this page.'),
    total: z.int().min(0).describe('Pages.'),
    records: z.int().min(0).describe('All that fit.'),
    data: z.array(summarySchema),
    recordsRead: z.int().min(0).describe('What it cost.'),
  } satisfies Shape<TaskTableView>)
  .meta({ id: 'TaskTable', description: 'A page as TAO’s data table has it.' });

export const statusSchema = z
  .strictObject({
    id: taskId,
    status,
    ...inWords,
    progress: progressSchema.exactOptional(),
  } satisfies Shape<StatusView>)
  .meta({ id: 'TaskStatus' });

export const taskPageSchema = z
  .strictObject({
    tasks: z.array(summarySchema),
    next: z.string().exactOptional().describe('Cursor of the next page. Absent on the last one.'),
    recordsRead: z.int().min(0).exactOptional().describe('With `offset`: what it cost.'),
  } satisfies Shape<TaskPageView>)
  .meta({ id: 'TaskPage' });
