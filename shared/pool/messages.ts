import * as z from 'zod';
import type { ErrorFacts } from '../foreign/error.ts';
import type { TaskContext } from '../task/task-context.ts';

/** The part of the context that needs no call to the worker. */
export type TaskFacts = Pick<TaskContext, 'taskId' | 'label' | 'owner' | 'attempt'>;

/** A message from the worker to the process of a task. */
export type ToTask =
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly parameters: unknown;
      readonly facts: TaskFacts;
    }
  /** Aborts the signal of the task. */
  | { readonly kind: 'abort'; readonly reason: ErrorFacts }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorFacts };

/** An error in a form that keeps its class when it is sent to another process. */
const errorSchema: z.ZodType<ErrorFacts> = z.object({
  type: z.string(),
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  details: z.record(z.string(), z.json()),
  get cause() {
    return errorSchema.optional();
  },
  get errors() {
    return z.array(errorSchema).optional();
  },
});

/** A call that the worker makes for the task, because it has the claim and the clients. */
const callSchema = z.object({
  method: z.enum(['progress', 'storeFile', 'enqueueChildren']),
  args: z.array(z.unknown()),
});

const fromTaskSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.int(), call: callSchema }),
  z.object({
    kind: z.literal('log'),
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
    /** Fields that are errors. */
    errors: z.record(z.string(), errorSchema),
  }),
  /** The report is JSON, as it will be stored. */
  z.object({ kind: z.literal('returned'), report: z.string().optional() }),
  z.object({ kind: z.literal('threw'), error: errorSchema }),
]);

export type ContextCall = z.infer<typeof callSchema>;

/** A message from the process of a task to the worker. */
export type FromTask = z.infer<typeof fromTaskSchema>;

/** The last message of the process. */
export type TaskEnd = Extract<FromTask, { kind: 'returned' | 'threw' }>;

/**
 * Returns a message that the process of a task has sent, or `undefined` if it is none of this protocol: other
 * code of the process sends messages, too, such as `process.send('ready')`. Never throws.
 */
export function parseFromTask(message: unknown): FromTask | undefined {
  try {
    return fromTaskSchema.safeParse(message).data;
  } catch {
    // An endless error overflows the stack.
    return undefined;
  }
}
