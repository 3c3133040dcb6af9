import * as z from 'zod';
import type { RetriedView } from '../../../../shared/api/views.ts';
import type { Decided } from '../../../../shared/task-log/decide.ts';
import { problemSchema } from './problem-schema.ts';
import { oneOf, type Shape, taskId } from './shape.ts';

const outcome = oneOf<Decided['outcome']>({ archived: true, cancelled: true, requested: true });

export const decidedSchema = z
  .strictObject({
    id: taskId,
    outcome: outcome.describe('`requested`: its worker learns of it with its next heartbeat.'),
  } satisfies Shape<Decided>)
  .meta({ id: 'Decided' });

export const decidedManySchema = z
  .strictObject({
    items: z.array(
      z.union([
        decidedSchema,
        problemSchema
          .extend({ id: z.string().describe('As it was sent.') })
          .meta({ id: 'RefusedDecision', description: 'A problem, with the id it is about.' }),
      ]),
    ),
    counts: z.record(z.string(), z.int().min(1)).describe('Items by outcome, or by code.'),
    next: z.string().exactOptional().describe('Time was up: the `cursor` to go on with.'),
  })
  .meta({ id: 'DecidedMany' });

export const retriedSchema = z
  .strictObject({
    id: taskId,
    queue: z.string(),
    retryOf: taskId.describe('The old task.'),
  } satisfies Shape<RetriedView>)
  .meta({ id: 'RetriedTask' });
