import { type ChildProcess, fork } from 'node:child_process';
import { messageOf } from '../foreign/text.ts';
import type { Report } from '../report/report.ts';
import { RetryLaterError, type TaskContext } from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import {
  type ContextCall,
  type FromTask,
  parseFromTask,
  type TaskEnd,
  type ToTask,
} from './messages.ts';
import { fromPortable, toPortable } from './task-process.ts';

/** Time for a task to stop by itself. Its slot is freed after 5 s: run-handler.ts. */
const SIGTERM_AFTER_MS = 3000;
const SIGKILL_AFTER_MS = 4000;
/** After the end of its task, a process has this long to exit. */
const EXIT_MS = 1000;
/** When the system cannot start another process. */
const NO_PROCESS_RETRY_SECONDS = 10;

/** Ends the processes that it knows when the worker is gone, even by SIGKILL. */
export type Reaper = {
  add(pid: number): void;
  remove(pid: number): void;
};

/**
 * Returns a handler that runs each attempt in its own process. Everything else stays in the worker: the
 * claim, the report and the clients. However that process ends, only its attempt ends with it.
 * @param program path of a program that calls `serveTask`
 */
export const inOwnProcess = (
  { definition }: TaskHandler,
  program: string,
  reaper: Reaper,
): TaskHandler => ({
  definition,
  run: async (parameters, context) => {
    const child = startProcess(program);
    const { taskId, label, owner, attempt } = context;
    const facts = { taskId, label, owner, attempt };
    send(child, { kind: 'run', name: definition.name, parameters, facts });
    return reportOf(await untilEnded(child, context, reaper));
  },
});

/** Starts a process group: Ctrl-C in a terminal reaches only the pool, which stops its tasks in order. */
function startProcess(program: string): ChildProcess {
  try {
    return fork(program, {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  } catch (error) {
    throw notStarted(error);
  }
}

/** Returns the last message, once the process and everything it started are gone. */
async function untilEnded(
  child: ChildProcess,
  context: TaskContext,
  reaper: Reaper,
): Promise<TaskEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<TaskEnd>();
  const { pid } = child;
  // After the start, an error means that the process has ended: `close` handles that.
  child.on('error', (error) => {
    if (pid === undefined) reject(notStarted(error));
  });
  if (pid === undefined) return promise;
  reaper.add(pid);
  let end: TaskEnd | undefined;
  const timers: NodeJS.Timeout[] = [];
  const killAfter = (milliseconds: number, signal: NodeJS.Signals): void => {
    timers.push(setTimeout(() => killGroup(pid, signal), milliseconds));
  };
  const onAbort = (): void => {
    send(child, { kind: 'abort', reason: toPortable(context.signal.reason) });
    killAfter(SIGTERM_AFTER_MS, 'SIGTERM');
    killAfter(SIGKILL_AFTER_MS, 'SIGKILL');
  };
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener('abort', onAbort);
  child.on('message', (received: unknown) => {
    // Code that nobody here wrote runs in that process: what it sends is data.
    const message = parseFromTask(received);
    if (message === undefined) return;
    if (message.kind === 'call') void answer(child, message.id, message.call, context);
    else if (message.kind === 'log') log(message, context);
    else {
      end = message;
      killAfter(EXIT_MS, 'SIGKILL');
    }
  });
  // Not `exit`: messages may still arrive after it.
  child.once('close', (code, signal) => {
    context.signal.removeEventListener('abort', onAbort);
    for (const timer of timers) clearTimeout(timer);
    killGroup(pid, 'SIGKILL');
    reaper.remove(pid);
    if (end) resolve(end);
    else reject(new Error(howItEnded(code, signal)));
  });
  return promise;
}

/** @throws what the handler threw */
function reportOf(end: TaskEnd): Report | undefined {
  if (end.kind === 'threw') throw fromPortable(end.error);
  return end.report === undefined ? undefined : (JSON.parse(end.report) as Report);
}

async function answer(
  child: ChildProcess,
  id: number,
  { method, args }: ContextCall,
  context: TaskContext,
): Promise<void> {
  try {
    const call = context[method] as (...args: unknown[]) => Promise<unknown>;
    send(child, { kind: 'answer', id, value: await call(...args) });
  } catch (error) {
    send(child, { kind: 'refusal', id, error: toPortable(error) });
  }
}

function log(
  { level, message, fields, errors }: Extract<FromTask, { kind: 'log' }>,
  { logger }: TaskContext,
): void {
  const entries = Object.entries(errors).map(([key, error]) => [key, fromPortable(error)]);
  logger[level](message, { ...fields, ...Object.fromEntries(entries) });
}

/** Sends nothing if the process has ended meanwhile. */
const send = (child: ChildProcess, message: ToTask): void => {
  if (child.connected) child.send(message, () => undefined);
};

const notStarted = (cause: unknown): RetryLaterError => {
  const reason = messageOf(cause);
  const message = `its process could not be started: ${reason}`;
  return new RetryLaterError(NO_PROCESS_RETRY_SECONDS, message);
};

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) return `its process ended with exit code ${code} before the task ended`;
  const hint = signal === 'SIGKILL' ? ', as the system does when memory runs out' : '';
  return `its process was killed by ${signal}${hint}`;
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
