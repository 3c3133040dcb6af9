import * as z from 'zod';
import type { ExecutionTimesView, StatsView } from '../../../../shared/api/views.ts';
import type { ExecutionTimes } from '../../../../shared/task-log/execution-times.ts';
import { TASK_STATUSES } from '../../../../shared/task-log/status.ts';
import { dateTime, type Shape } from './shape.ts';

const count = z.int().min(0);
const byStatus = z.partialRecord(z.enum(TASK_STATUSES), count);

export const statsSchema = z
  .strictObject({
    numberOfTasksCompleted: count,
    numberOfTasksFailed: count,
    numberOfTasksInProgress: count,
    byStatus: byStatus.describe('Statuses that no task is in are left out.'),
    byQueue: z.record(z.string(), byStatus).describe('The same for each queue.'),
  } satisfies Shape<StatsView>)
  .meta({ id: 'Stats' });

const seconds = z.number().min(0);

const executionTimesOfName = z
  .strictObject({
    name: z.string(),
    count: z.int().min(1).describe('Tasks that ran to an end.'),
    minSeconds: seconds,
    meanSeconds: seconds,
    p50Seconds: seconds,
    p95Seconds: seconds,
    maxSeconds: seconds,
  } satisfies Shape<ExecutionTimes>)
  .meta({ id: 'ExecutionTimesOfName' });

export const executionTimesSchema = z
  .strictObject({
    from: dateTime,
    to: dateTime,
    tasks: z.array(executionTimesOfName),
    recordsRead: count.describe('What it cost.'),
  } satisfies Shape<ExecutionTimesView>)
  .meta({ id: 'ExecutionTimes' });
