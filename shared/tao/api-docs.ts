import * as z from 'zod';
import { dateTime, json, oneOf, taskId } from '../api/schemas.ts';
import type { ErrorCode } from '../errors.ts';
import { TASK_CATEGORIES } from '../task/task-definition.ts';
import { LABEL_BY_CATEGORY } from '../task-log/status.ts';

const version = z.string().describe('The version of this software.');
const status = oneOf(LABEL_BY_CATEGORY);

type TaoReport = { type: string; message: string; data: unknown; children: TaoReport[] };

const reportSchema = z
  .strictObject({
    type: z.enum(['info', 'success', 'warning', 'error']),
    message: z.string(),
    data: json,
    get children(): z.ZodArray<z.ZodType<TaoReport>> {
      return z.array(reportSchema);
    },
  })
  .meta({ id: 'OriginalReport' });

const envelope = <Data extends z.ZodType>(data: Data) =>
  z.strictObject({ success: z.literal(true), data, version });

const taskSchema = envelope(
  z.strictObject({
    id: taskId,
    taskName: z.string(),
    status,
    masterStatus: z.boolean(),
    statusLabel: z.string(),
    taskLabel: z.string(),
    createdAt: dateTime,
    updatedAt: dateTime,
    report: reportSchema.exactOptional(),
    hasFile: z.boolean(),
    category: z.enum(TASK_CATEGORIES),
  }),
).meta({ id: 'OriginalTask' });

const statusSchema = envelope(status).meta({ id: 'OriginalStatus' });

const problemSchema = z
  .strictObject({
    success: z.literal(false),
    errorCode: z.union([z.string(), z.int()]),
    errorMsg: z.string(),
    version,
  })
  .meta({ id: 'OriginalFailure' });

const problems: readonly ErrorCode[] = ['TASK_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'];

const common = {
  tag: { name: 'TAO', description: "TAO's own routes, in TAO's envelope." },
  query: z.object({ id: z.string().describe('The task id.') }),
  problems,
  problemSchema,
} as const;

/** The OpenAPI documentation of TAO's routes. Names of operations and schemas are public. */
export const taoDocs = {
  'GET /taoTaskQueue/TaskQueueRestApi/get': {
    ...common,
    operationId: 'getOriginalTask',
    summary: 'Get a task as TAO shows it',
    responses: { 200: { description: 'The task.', schema: taskSchema } },
  },
  'GET /taoTaskQueue/TaskQueueRestApi/getStatus': {
    ...common,
    operationId: 'getOriginalStatus',
    summary: 'Get the status of a task as TAO names it',
    responses: { 200: { description: 'One word.', schema: statusSchema } },
  },
} as const;
