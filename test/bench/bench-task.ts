import * as z from 'zod';
import { newTaskId } from '../../shared/ids.ts';
import type { Task } from '../../shared/task/task.ts';
import { defineTask } from '../../shared/task/task-definition.ts';

/** The task of every benchmark: it waits for so long, or does nothing at all. */
export const benchTask = defineTask({
  name: 'benchmark',
  parameters: z.strictObject({
    /** Unique within a run, from 0: how each task is counted. */
    index: z.number(),
    queue: z.string(),
    milliseconds: z.number(),
    /** Before the message was sent, by `wallClock`; 0 when nobody asks. */
    sentAt: z.number(),
  }),
});

export type BenchParameters = z.infer<typeof benchTask.parameters>;

export const benchTaskOf = (parameters: BenchParameters): Task => ({
  id: newTaskId(),
  name: benchTask.name,
  label: benchTask.name,
  masterStatus: false,
  createdAt: new Date().toISOString(),
  parameters,
});

/** Milliseconds since 1970 with fractions, the same in every process of this machine. */
export const wallClock = (): number => performance.timeOrigin + performance.now();
