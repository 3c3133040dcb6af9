import * as z from 'zod';
import { dateTime, oneOf, type Shape } from '../../shared/api/schemas.ts';
import type {
  ExecutionTimesView,
  QueuesView,
  QueueView,
  StatsView,
  TaskPageView,
  TaskTableView,
} from '../../shared/api/views.ts';
import type { QueueDepth } from '../../shared/broker/broker.ts';
import type { ExecutionTimes } from '../../shared/task-log/execution-times.ts';
import { TASK_STATUSES } from '../../shared/task-log/status.ts';
import { summarySchema } from './get-task-docs.ts';
import { listQuery } from './list-tasks.ts';
import { OVERVIEW, type RouteDoc, TASKS } from './openapi/route-doc.ts';
import { executionTimesQuery } from './overview.ts';

const taskTableSchema = z
  .strictObject({
    rows: z.int().min(1),
    page: z.int().min(1),
    amount: z.int().min(0).describe('Rows on this page.'),
    total: z.int().min(0).describe('Number of pages.'),
    records: z.int().min(0).describe('Number of all matches.'),
    data: z.array(summarySchema),
    recordsRead: z.int().min(0).describe('Records read to answer the request.'),
  } satisfies Shape<TaskTableView>)
  .meta({ id: 'TaskTable', description: "A page in the form of TAO's data table." });

const taskPageSchema = z
  .strictObject({
    tasks: z.array(summarySchema),
    next: z.string().exactOptional().describe('Cursor of the next page. Absent on the last page.'),
    recordsRead: z
      .int()
      .min(0)
      .exactOptional()
      .describe('With `offset`: records read to answer the request.'),
  } satisfies Shape<TaskPageView>)
  .meta({ id: 'TaskPage' });

const depthSchema = z.strictObject({
  waiting: z.int().min(0),
  inFlight: z.int().min(0),
  delayed: z.int().min(0),
} satisfies Shape<QueueDepth>);

const queueSchema = z
  .strictObject({
    name: z.string(),
    weight: z.int(),
    share: z.number().describe('The share of the work while every queue has tasks, 0 to 1.'),
    broker: oneOf<QueueView['broker']>({ sqs: true, postgres: true, memory: true }),
    isDefault: z.boolean().describe('Receives tasks that are not associated with a queue.'),
    depth: depthSchema.describe('Approximate number of tasks.'),
  } satisfies Shape<QueueView>)
  .meta({ id: 'Queue' });

const queuesSchema = z
  .strictObject({ queues: z.array(queueSchema) } satisfies Shape<QueuesView>)
  .meta({ id: 'Queues' });

const count = z.int().min(0);
const byStatus = z.partialRecord(z.enum(TASK_STATUSES), count);

const statsSchema = z
  .strictObject({
    numberOfTasksCompleted: count,
    numberOfTasksFailed: count,
    numberOfTasksInProgress: count,
    byStatus: byStatus.describe('Statuses without tasks are left out.'),
    byQueue: z.record(z.string(), byStatus).describe('The same for each queue.'),
  } satisfies Shape<StatsView>)
  .meta({ id: 'Stats' });

const seconds = z.number().min(0);

const executionTimesOfName = z
  .strictObject({
    name: z.string(),
    count: z.int().min(1).describe('Tasks that completed or failed.'),
    minSeconds: seconds,
    meanSeconds: seconds,
    p50Seconds: seconds,
    p95Seconds: seconds,
    maxSeconds: seconds,
  } satisfies Shape<ExecutionTimes>)
  .meta({ id: 'ExecutionTimesOfName' });

const executionTimesSchema = z
  .strictObject({
    from: dateTime,
    to: dateTime,
    tasks: z.array(executionTimesOfName),
    recordsRead: count.describe('Records read to answer the request.'),
  } satisfies Shape<ExecutionTimesView>)
  .meta({ id: 'ExecutionTimes' });

export const listTasksDoc: RouteDoc = {
  operationId: 'listTasks',
  tag: TASKS,
  summary: 'List tasks, newest first',
  description:
    "Lists the caller's tasks; for an admin, everyone's. A task must match all filters. Page by `limit` and `cursor`. " +
    '`limit` with `offset`, and `rows` with `page`, also work, but cost more for each further page.',
  query: listQuery,
  responses: {
    200: {
      description: "A page of tasks. With `rows` or `page`: in the form of TAO's data table.",
      schema: z.union([taskPageSchema, taskTableSchema]),
    },
  },
  problems: ['OWNER_FORBIDDEN', 'CURSOR_INVALID', 'LOG_UNAVAILABLE'],
};

export const listQueuesDoc: RouteDoc = {
  operationId: 'listQueues',
  tag: OVERVIEW,
  summary: 'Show the queues: weight, share of the work, depth',
  responses: { 200: { description: 'All queues.', schema: queuesSchema } },
  problems: ['BROKER_UNAVAILABLE'],
};

export const getStatsDoc: RouteDoc = {
  operationId: 'getStats',
  tag: OVERVIEW,
  summary: 'Count tasks by status',
  description:
    "Counts the caller's tasks; for an admin, everyone's. A change shows within a few seconds.",
  responses: { 200: { description: 'The number of tasks in each status.', schema: statsSchema } },
  problems: ['LOG_UNAVAILABLE'],
};

export const getExecutionTimesDoc: RouteDoc = {
  operationId: 'getExecutionTimes',
  tag: OVERVIEW,
  summary: 'Get execution times by task name',
  description:
    'Covers tasks that were created in a range of at most 31 days and that completed or failed.',
  query: executionTimesQuery,
  responses: { 200: { description: 'Execution times by name.', schema: executionTimesSchema } },
  problems: ['LOG_UNAVAILABLE'],
};
