import * as z from 'zod';
import { TASK_CATEGORIES } from '../../../../shared/task/category.ts';
import { LABEL_BY_CATEGORY } from '../../../../shared/task-log/status.ts';
import { dateTime, json, oneOf, taskId } from './shape.ts';

const version = z.string().describe('Of this software.');
const status = oneOf(LABEL_BY_CATEGORY);

type OriginalReport = { type: string; message: string; data: unknown; children: OriginalReport[] };

const reportSchema = z
  .strictObject({
    type: z.enum(['info', 'success', 'warning', 'error']),
    message: z.string(),
    data: json,
    get children(): z.ZodArray<z.ZodType<OriginalReport>> {
      return z.array(reportSchema);
    },
  })
  .meta({ id: 'OriginalReport' });

const envelope = <Data extends z.ZodType>(data: Data) =>
  z.strictObject({ success: z.literal(true), data, version });

export const originalTaskSchema = envelope(
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

export const originalStatusSchema = envelope(status).meta({ id: 'OriginalStatus' });

export const originalFailureSchema = z
  .strictObject({
    success: z.literal(false),
    errorCode: z.union([z.string(), z.int()]),
    errorMsg: z.string(),
    version,
  })
  .meta({ id: 'OriginalFailure' });
