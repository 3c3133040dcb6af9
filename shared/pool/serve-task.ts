import { inspect } from 'node:util';
import type { Logger } from '../logger.ts';
import type { Report } from '../report/report.ts';
import {
  type ChildRequest,
  PermanentTaskError,
  type StoredFile,
  type TaskContext,
} from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import {
  type ContextCall,
  type FromTask,
  fromPortable,
  type TaskEnd,
  type TaskFacts,
  type ToTask,
  toPortable,
} from './messages.ts';

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
