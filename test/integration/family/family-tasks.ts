import * as z from 'zod';
import { Report } from '../../../shared/report/report.ts';
import { defineTask } from '../../../shared/task/task-definition.ts';

/** Enqueues so many children. */
export const divideHandler = defineTask({
  name: 'divide',
  parameters: z.strictObject({ parts: z.int().min(1) }),
}).handledBy(async ({ parameters, context }) => {
  await context.enqueueChildren(
    Array.from({ length: parameters.parts }, (_, part) => ({ name: 'part', parameters: { part } })),
  );
  return Report.success('divided');
});

export const partHandler = defineTask({
  name: 'part',
  parameters: z.strictObject({ part: z.int() }),
}).handledBy(async ({ parameters }) => Report.success(`part ${parameters.part}`));
