import { inspect } from 'node:util';
import * as taskQueueErrors from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Report } from '../report/report.ts';
import * as handlerErrors from '../task/task-context.ts';
import {
  type ChildRequest,
  PermanentTaskError,
  type StoredFile,
  type TaskContext,
} from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import * as stopReasons from '../worker/stop-reasons.ts';

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

/** An error in a form that keeps its class when it is sent to another process. */
type PortableError = {
  /** The nearest class of this project. */
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The extra fields of this project's classes. */
  readonly details: Record<string, unknown>;
  readonly cause?: PortableError;
};

/** The classes that workers and handlers distinguish. */
const CLASSES: Record<string, unknown> = { ...taskQueueErrors, ...handlerErrors, ...stopReasons };
const DETAILS = ['code', 'problems', 'delaySeconds'];

/** Converts whatever was thrown. */
export function toPortable(thrown: unknown): PortableError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause } = error;
  const details = Object.entries(error).filter(([key]) => DETAILS.includes(key));
  return {
    type: typeOf(error),
    name,
    message,
    stack,
    details: Object.fromEntries(details),
    cause: cause === undefined ? undefined : toPortable(cause),
  };
}

/** Converts back. The error is an instance of its class again, if the class is one of this project. */
export function fromPortable({ type, details, cause, ...rest }: PortableError): Error {
  const error = new Error(rest.message, cause && { cause: fromPortable(cause) });
  const known = CLASSES[type];
  if (typeof known === 'function') Object.setPrototypeOf(error, known.prototype);
  return Object.assign(error, rest, details);
}

function typeOf(error: Error): string {
  for (let prototype = proto(error); prototype !== null; prototype = proto(prototype)) {
    // By identity, because a bundle shortens the names of classes.
    const found = Object.entries(CLASSES).find(([, known]) => known === prototype?.constructor);
    if (found) return found[0];
  }
  return 'Error';
}

const proto = (of: object): object | null => Object.getPrototypeOf(of);

/**
 * Serves one task in a process that a pool started: runs the handler, sends the result, and exits. It also
 * exits when the pool is gone.
 */
export function serveTask(handlers: readonly TaskHandler[]): void {
  if (!process.send) throw new Error('Only a worker pool can start this program.');
  const channel = createChannel();
  process.on('disconnect', () => process.exit(1));
  process.on('message', async (message: ToTask) => {
    if (message.kind !== 'run') return channel.receive(message);
    const handler = handlers.find(({ definition }) => definition.name === message.name);
    const end = await endOf(handler, message.parameters, contextOf(message.facts, channel));
    process.send?.(end, () => process.exit(0));
  });
}

async function endOf(
  handler: TaskHandler | undefined,
  parameters: unknown,
  context: TaskContext,
): Promise<TaskEnd> {
  try {
    if (!handler) throw new Error('the process of the task has no handler for it');
    const report = await handler.run(parameters, context);
    return { kind: 'returned', report: report && textOf(report) };
  } catch (error) {
    return { kind: 'threw', error: toPortable(error) };
  }
}

/** @throws {PermanentTaskError} because the work is done: running it again would only do it twice */
function textOf(report: Report): string {
  try {
    return JSON.stringify(report);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `it finished, but its report cannot be stored: ${reason}`;
    throw new PermanentTaskError(message, { cause });
  }
}

type Channel = ReturnType<typeof createChannel>;

/** Carries calls to the worker, and the abort signal back. */
function createChannel() {
  const abort = new AbortController();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  const call = async (what: ContextCall): Promise<unknown> => {
    const id = calls++;
    const answer = Promise.withResolvers<unknown>();
    send({ kind: 'call', id, call: what });
    waiting.set(id, answer);
    return answer.promise;
  };
  const receive = (message: Exclude<ToTask, { kind: 'run' }>): void => {
    if (message.kind === 'abort') {
      abort.abort(fromPortable(message.reason));
      return;
    }
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') answer?.resolve(message.value);
    else answer?.reject(fromPortable(message.error));
  };
  return { signal: abort.signal, call, receive };
}

/** Returns the context of a task whose claim is in the worker. */
function contextOf(facts: TaskFacts, { signal, call }: Channel): TaskContext {
  const enqueueChildren = async (children: readonly ChildRequest[]): Promise<string[]> =>
    (await call({ method: 'enqueueChildren', args: [children] })) as string[];
  return {
    ...facts,
    signal,
    logger: { info: logAt('info'), warn: logAt('warn'), error: logAt('error') },
    progress: async (...args) => {
      await call({ method: 'progress', args });
    },
    storeFile: async (...args) => (await call({ method: 'storeFile', args })) as StoredFile,
    enqueueChild: async (child) => (await enqueueChildren([child]))[0] ?? '',
    enqueueChildren,
  };
}

const logAt =
  (level: keyof Logger): Logger['info'] =>
  (message, fields) => {
    try {
      send({ kind: 'log', level, message, fields });
    } catch {
      // A field cannot be sent as it is, such as a function.
      send({ kind: 'log', level, message, fields: { fields: inspect(fields) } });
    }
  };

function send(message: FromTask): void {
  process.send?.(message);
}
