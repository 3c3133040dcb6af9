import {
  ERROR_CLASSES,
  type ErrorClasses,
  type ErrorFacts,
  errorFrom,
  factsOf,
} from '../foreign/error.ts';
import { guarded } from '../foreign/logging.ts';
import { messageOf, textOf } from '../foreign/text.ts';
import type { Logger } from '../logger.ts';
import type { Report } from '../report/report.ts';
import {
  type ChildRequest,
  PermanentTaskError,
  type StoredFile,
  type TaskContext,
} from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import * as stopReasons from '../worker/stop-reasons.ts';
import type { ContextCall, FromTask, TaskEnd, TaskFacts, ToTask } from './messages.ts';

/** The classes that workers and handlers distinguish. */
const CLASSES: ErrorClasses = { ...ERROR_CLASSES, ...stopReasons };

/** Converts whatever was thrown into data, which keeps its class when it is sent to another process. */
export const toPortable = (thrown: unknown): ErrorFacts => factsOf(thrown, CLASSES);

/** Converts back. The error is an instance of its class again, if the class is one of this project. */
export const fromPortable = (error: ErrorFacts): Error => errorFrom(error, CLASSES);

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
    return { kind: 'returned', report: report === undefined ? undefined : reportText(report) };
  } catch (error) {
    return { kind: 'threw', error: toPortable(error) };
  }
}

/** @throws {PermanentTaskError} because the work is done: running it again would only do it twice */
function reportText(report: Report): string {
  try {
    return JSON.stringify(report) ?? 'null';
  } catch (cause) {
    const reason = messageOf(cause);
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
    logger: guarded({ info: logAt('info'), warn: logAt('warn'), error: logAt('error') }),
    progress: async (percent, message) => {
      const text = message === undefined ? undefined : textOf(message);
      // Never rejects, as in any worker.
      await call({
        method: 'progress',
        args: [Number.isFinite(percent) ? percent : 0, text],
      }).catch(() => undefined);
    },
    storeFile: async (...args) => (await call({ method: 'storeFile', args })) as StoredFile,
    enqueueChild: async (child) => (await enqueueChildren([child]))[0] ?? '',
    enqueueChildren,
  };
}

/** The fields are safe to send. Errors are sent as data, because a channel drops their class and fields. */
const logAt =
  (level: keyof Logger): Logger['info'] =>
  (message, all = {}) => {
    const [errors, fields] = partition(Object.entries(all));
    send({
      kind: 'log',
      level,
      message,
      fields: Object.fromEntries(fields),
      errors: Object.fromEntries(errors.map(([key, error]) => [key, toPortable(error)])),
    });
  };

function partition(entries: readonly [string, unknown][]) {
  const isError = ([, value]: readonly [string, unknown]): boolean => value instanceof Error;
  return [entries.filter(isError), entries.filter((entry) => !isError(entry))] as const;
}

function send(message: FromTask): void {
  process.send?.(message);
}
