import * as z from 'zod';
import { defineTask } from '../../shared/task/task-definition.ts';

/** Takes a while and appends its id to a file. Never runs out of attempts: only faults end them. */
export const appendEffect = defineTask({
  name: 'append-effect',
  parameters: z.strictObject({ milliseconds: z.number() }),
  retry: { maxAttempts: 1000, baseSeconds: 1, maxSeconds: 2 },
});
