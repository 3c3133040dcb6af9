import { type ChildProcess, fork } from 'node:child_process';
import type { Report } from '../report/report.ts';
import { RetryLaterError } from '../task/handler-errors.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import { type ContextCall, isFromTask, type TaskEnd, type ToTask } from './messages.ts';
import { fromPortable, toPortable } from './portable-error.ts';

/** Told to stop, a task has this long to do so by itself. Its slot is given up after 5 s: run-handler.ts. */
const SIGTERM_AFTER_MS = 3000;
const SIGKILL_AFTER_MS = 4000;
/** What a task has left behind does not keep its process for longer than this after its end. */
const EXIT_MS = 1000;
/** When the system has no process to give. */
const NO_PROCESS_RETRY_SECONDS = 10;

/** Knows of every process, and ends those that this one, killed itself, cannot end. */
export type Reaper = {
  add(pid: number): void;
  remove(pid: number): void;
};

/**
 * The handler, with its code in a process of its own for each attempt. Everything else stays here:
 * the claim, the report, the clients. However that process ends, only its attempt ends with it.
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
    tell(child, { kind: 'run', name: definition.name, parameters, facts });
    return reportOf(await untilEnded(child, context, reaper));
  },
});

/** In a process group of its own: Ctrl-C in a terminal is for the pool, which stops its tasks in order. */
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

/** Its last message, once the process is gone, and all that it has started with it. */
async function untilEnded(
  child: ChildProcess,
  context: TaskContext,
  reaper: Reaper,
): Promise<TaskEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<TaskEnd>();
  const { pid } = child;
  // Once it runs, what cannot be sent or killed has ended, and that is told by `close`.
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
    tell(child, { kind: 'abort', reason: toPortable(context.signal.reason) });
    killAfter(SIGTERM_AFTER_MS, 'SIGTERM');
    killAfter(SIGKILL_AFTER_MS, 'SIGKILL');
  };
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener('abort', onAbort);
  child.on('message', (message: unknown) => {
    if (!isFromTask(message)) return;
    if (message.kind === 'call') void answer(child, message.id, message.call, context);
    else if (message.kind === 'log') context.logger[message.level](message.message, message.fields);
    else {
      end = message;
      killAfter(EXIT_MS, 'SIGKILL');
    }
  });
  // Not `exit`: messages may still be on their way then.
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

/** @throws what its handler threw */
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
    tell(child, { kind: 'answer', id, value: await call(...args) });
  } catch (error) {
    tell(child, { kind: 'refusal', id, error: toPortable(error) });
  }
}

/** It may have ended meanwhile: then there is nobody to tell. */
const tell = (child: ChildProcess, message: ToTask): void => {
  if (child.connected) child.send(message, () => undefined);
};

const notStarted = (cause: unknown): RetryLaterError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `its process could not be started: ${reason}`;
  return new RetryLaterError(NO_PROCESS_RETRY_SECONDS, message);
};

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) return `its process ended with exit code ${code} before the task had ended`;
  const hint = signal === 'SIGKILL' ? ', as the system does when memory runs out' : '';
  return `its process was killed by ${signal}${hint}`;
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}
