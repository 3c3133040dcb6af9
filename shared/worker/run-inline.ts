import { randomUUID } from 'node:crypto';
import { pause, systemClock } from '../clock.ts';
import type { EnqueuedTask, EnqueueRequest } from '../dispatcher/enqueue-request.ts';
import { type PrepareDeps, prepareTask } from '../dispatcher/prepare-task.ts';
import { offloadParameters } from '../files/payloads.ts';
import { encodeTask } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import type { HeldTask } from './held-task.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { RunDeps } from './run.ts';
import { TaskCancelled } from './stop-reasons.ts';
import { TaskRunner } from './task-runner.ts';

export type InlineDeps = Omit<RunDeps, 'brokers' | 'random'> &
  Pick<PrepareDeps, 'config' | 'catalogue' | 'payloads'> & { readonly pause?: typeof pause };

const NEVER = new AbortController().signal;

/**
 * Runs a task here and now, without a queue, through the same claim ▸ handle ▸ finish as a worker.
 * It has one attempt; "later" is waited for. Nobody else can go on with it: if this process dies,
 * the record stays as it is.
 * @param interrupt aborts to end the task as cancelled, unless it finishes all the same
 * @returns when its end is stored. The queue is the one it would have waited in
 * @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | FilesUnavailableError}
 *   with nothing recorded
 */
export async function runInline(
  request: EnqueueRequest,
  deps: InlineDeps,
  interrupt: AbortSignal,
): Promise<EnqueuedTask> {
  const { clock = systemClock } = deps;
  // It runs here, whatever the broker of its queue.
  const prepared = prepareTask(request, { ...deps, runSync: async () => undefined });
  const { queue, fits } = prepared;
  const task =
    fits || !deps.payloads ? prepared.task : await offloadParameters(prepared.task, deps.payloads);
  const now = clock.now();
  const held: HeldTask = {
    queue,
    delivery: {
      body: encodeTask(task),
      messageId: randomUUID(),
      receipt: '',
      sentAt: now,
      receiveCount: 1,
    },
    receivedAt: now,
    leasedAt: now,
  };
  const stopKeeping = keepLease(held, deps);
  const cancel = (): void => held.execution?.abort.abort(new TaskCancelled());
  interrupt.addEventListener('abort', cancel);
  try {
    await runToItsEnd(task, held, deps, interrupt);
  } finally {
    interrupt.removeEventListener('abort', cancel);
    stopKeeping();
  }
  return { id: task.id, queue };
}

async function runToItsEnd(
  { id }: Task,
  held: HeldTask,
  deps: InlineDeps,
  interrupt: AbortSignal,
): Promise<void> {
  const { pause: wait = pause } = deps;
  const handlers = new Map([...deps.handlers].map(([name, handler]) => [name, onceOnly(handler)]));
  // Without brokers there are no dead letters: whoever runs it sees that it failed.
  const runner = new TaskRunner({ ...deps, handlers, brokers: new Map(), random: Math.random });
  while (!interrupt.aborted) {
    const settled = await runner.run(held, NEVER);
    if (settled.action !== 'release') return;
    await wait(settled.delaySeconds * 1000, interrupt);
  }
  await deps.log.cancel(id, { force: true });
}

const onceOnly = ({ definition, ...handler }: TaskHandler): TaskHandler => ({
  ...handler,
  definition: { ...definition, retry: { ...definition.retry, maxAttempts: 1 } },
});

/** Tasks may run longer than a lease. Each renewal also tells whether the task is to be cancelled. */
function keepLease(held: HeldTask, deps: InlineDeps): () => void {
  const { clock = systemClock } = deps;
  const keeper = new LeaseKeeper({ ...deps, brokers: new Map(), clock });
  const timer = setInterval(() => keeper.renew([held]), keeper.intervalMs);
  return () => clearInterval(timer);
}
