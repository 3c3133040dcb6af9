import type { ChildRequest, TaskContext } from '../task/task-context.ts';
import type { PortableError } from './portable-error.ts';

/** What running code may know of its task without asking. */
export type TaskFacts = Pick<TaskContext, 'taskId' | 'label' | 'owner' | 'attempt'>;

/** What the process of a task is told. */
export type ToTask =
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly parameters: unknown;
      readonly facts: TaskFacts;
    }
  /** Its signal aborts. */
  | { readonly kind: 'abort'; readonly reason: PortableError }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PortableError };

/** What it says. */
export type FromTask =
  | { readonly kind: 'call'; readonly id: number; readonly call: ContextCall }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Record<string, unknown> | undefined;
    }
  | TaskEnd;

/** Its last message. A report goes as JSON, as it will be stored. */
export type TaskEnd =
  | { readonly kind: 'returned'; readonly report: string | undefined }
  | { readonly kind: 'threw'; readonly error: PortableError };

/** What the worker does for the task: it holds the claim and the clients. */
export type ContextCall =
  | { readonly method: 'progress'; readonly args: Parameters<TaskContext['progress']> }
  | { readonly method: 'storeFile'; readonly args: Parameters<TaskContext['storeFile']> }
  | { readonly method: 'enqueueChildren'; readonly args: readonly [readonly ChildRequest[]] };

const KINDS: readonly unknown[] = ['call', 'log', 'returned', 'threw'] satisfies FromTask['kind'][];

/** The code of a task, or a library of it, may use the channel too: `process.send('ready')`. */
export const isFromTask = (message: unknown): message is FromTask =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  KINDS.includes(message.kind);
