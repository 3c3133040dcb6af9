import type { ChildRequest, TaskContext } from '../task/task-context.ts';
import type { PortableError } from './portable-error.ts';

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
  | { readonly kind: 'abort'; readonly reason: PortableError }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PortableError };

/** A message from the process of a task to the worker. */
export type FromTask =
  | { readonly kind: 'call'; readonly id: number; readonly call: ContextCall }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Record<string, unknown> | undefined;
    }
  | TaskEnd;

/** The last message of the process. The report is JSON, as it will be stored. */
export type TaskEnd =
  | { readonly kind: 'returned'; readonly report: string | undefined }
  | { readonly kind: 'threw'; readonly error: PortableError };

/** A call that the worker makes for the task, because it has the claim and the clients. */
export type ContextCall =
  | { readonly method: 'progress'; readonly args: Parameters<TaskContext['progress']> }
  | { readonly method: 'storeFile'; readonly args: Parameters<TaskContext['storeFile']> }
  | { readonly method: 'enqueueChildren'; readonly args: readonly [readonly ChildRequest[]] };

const KINDS: readonly unknown[] = ['call', 'log', 'returned', 'threw'] satisfies FromTask['kind'][];

/** Filters messages that other code of the process sends, such as `process.send('ready')`. */
export const isFromTask = (message: unknown): message is FromTask =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  KINDS.includes(message.kind);
