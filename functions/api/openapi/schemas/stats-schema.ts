import * as z from 'zod';
import type { StatsView } from '../../../../shared/api/views.ts';
import { TASK_STATUSES } from '../../../../shared/task-log/status.ts';
import type { Shape } from './shape.ts';

const count = z.int().min(0);

export const statsSchema = z
  .strictObject({
    numberOfTasksCompleted: count,
    numberOfTasksFailed: count,
    numberOfTasksInProgress: count,
    byStatus: z
      .partialRecord(z.enum(TASK_STATUSES), count)
      .describe('Statuses that no task is in are left out.'),
  } satisfies Shape<StatsView>)
  .meta({ id: 'Stats' });
