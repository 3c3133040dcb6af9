import { randomUUID } from 'node:crypto';
import { pause, systemClock, type TimerClock } from '../clock.ts';
import type { EnqueuedTask, EnqueueRequest } from '../dispatcher/enqueue-request.ts';
import { type PrepareDeps, prepareTask, type SyncRunner } from '../dispatcher/prepare-task.ts';
import { offloadParameters } from '../files/payloads.ts';
import { guarded } from '../foreign/logging.ts';
import { encodeTask } from '../task/message.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import type { TaskCommands } from '../task-log/task-log.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { type LeasedMessage, logFieldsOf, type RunDeps, type RunResult } from './run.ts';
import { runTask } from './run-task.ts';
import { TaskCancelled } from './stop-reasons.ts';

// Runs tasks in the process that asks for them, without a queue, through the same claim ▸ handle ▸
// finish as a worker. The claim is renewed until the task has ended, however long that takes.

export type InlineDeps = Omit<RunDeps, 'brokers' | 'random' | 'leaseSeconds' | 'clock'> & {
  /** @default the system clock */
  readonly clock?: TimerClock;
  /** A claim is renewed when half of this is over. @default 60 */
  readonly leaseSeconds?: number;
  /** @default Math.random */
  readonly random?: () => number;
};

export type RunInlineDeps = InlineDeps &
  Pick<PrepareDeps, 'config' | 'catalogue' | 'payloads'> & {
    readonly log: Pick<TaskCommands, 'cancel'>;
    /** Passes time. @default that of clock.ts */
    readonly pause?: typeof pause;
  };

const LEASE_SECONDS = 60;

/** A sync task that always asks for "later" must not block its caller forever. */
const MAX_SYNC_RUNS = 20;

const NEVER = new AbortController().signal;

/**
 * Runs tasks of sync queues in their caller. A retry follows at once, because the caller waits. A
 * task that fails for good is logged: a sync queue keeps no dead letters.
 */
export function createSyncRunner(deps: InlineDeps): SyncRunner {
  const logger = guarded(deps.logger);
  return async (queue, body) => {
    const message = messageOf(queue, body, deps);
    const deadLetter = async (_delivery: unknown, reason: string): Promise<void> =>
      logger.warn('sync task failed for good; its queue keeps no dead letter, the record stays', {
        ...logFieldsOf(message),
        reason,
      });
    const brokers = new Map([[queue, { system: 'memory', deadLetter } as const]]);
    let runs = 0;
    await runToEnd(message, { ...deps, brokers }, async ({ outcome }) => {
      runs += 1;
      if (outcome === 'busy') return false;
      if (runs < MAX_SYNC_RUNS) return true;
      logger.warn('sync task did not end', { ...logFieldsOf(message), runs });
      return false;
    });
  };
}

/**
 * Runs one task here and now. It has one attempt; if it asks for "later", this waits. No other
 * process can continue it: if this one dies, the record stays as it is.
 * @param interrupt aborts to end the task as cancelled, unless its handler finishes anyway
 * @returns when the end is stored: the id, and the queue in which the task would have waited
 * @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | FilesUnavailableError}
 *   with nothing recorded
 */
export async function runInline(
  request: EnqueueRequest,
  deps: RunInlineDeps,
  interrupt: AbortSignal,
): Promise<EnqueuedTask> {
  const { pause: wait = pause, payloads, log } = deps;
  // The task runs here whatever the broker of its queue, so sync queues are not refused.
  const prepared = prepareTask(request, { ...deps, runSync: async () => undefined });
  const { queue, fits } = prepared;
  const task = fits || !payloads ? prepared.task : await offloadParameters(prepared.task, payloads);
  const message = messageOf(queue, encodeTask(task), deps);
  const handlers = new Map([...deps.handlers].map(([name, handler]) => [name, onceOnly(handler)]));
  const cancel = (): void => message.execution?.abort.abort(new TaskCancelled());
  const mayRun = async (): Promise<boolean> => {
    if (interrupt.aborted) await log.cancel(task.id, { force: true });
    return !interrupt.aborted;
  };
  const mayRunLater = async ({ delaySeconds }: Requeued): Promise<boolean> => {
    await wait(delaySeconds * 1000, interrupt);
    return mayRun();
  };
  interrupt.addEventListener('abort', cancel);
  try {
    const runDeps = { ...deps, handlers, brokers: new Map() };
    if (await mayRun()) await runToEnd(message, runDeps, mayRunLater);
  } finally {
    interrupt.removeEventListener('abort', cancel);
  }
  return { id: task.id, queue };
}

type Requeued = Extract<RunResult, { action: 'requeue' }>;

/**
 * Runs a message until its task has ended, and renews its claim meanwhile.
 * @param mayRunAgain asked after each run that did not end the task
 */
async function runToEnd(
  message: LeasedMessage,
  deps: InlineDeps & Pick<RunDeps, 'brokers'>,
  mayRunAgain: (result: Requeued) => Promise<boolean>,
): Promise<void> {
  const { clock = systemClock, random = Math.random, leaseSeconds = LEASE_SECONDS } = deps;
  const logger = guarded(deps.logger);
  const runDeps = { ...deps, logger, clock, random, leaseSeconds };
  const leases = new LeaseKeeper({ ...runDeps, brokers: new Map() });
  const renewing = clock.every(leases.intervalMs, () => void leases.renew([message]));
  try {
    for (;;) {
      const result = await runTask(message, runDeps, NEVER);
      if (result.action !== 'requeue' || !(await mayRunAgain(result))) return;
    }
  } finally {
    renewing.cancel();
  }
}

function messageOf(
  queue: string,
  body: string,
  { clock = systemClock }: InlineDeps,
): LeasedMessage {
  const now = clock.now();
  const delivery = { body, messageId: randomUUID(), receipt: '', sentAt: now, receiveCount: 1 };
  return { queue, delivery, receivedAt: now, leasedAt: now };
}

const onceOnly = ({ definition, ...handler }: TaskHandler): TaskHandler => ({
  ...handler,
  definition: { ...definition, retry: { ...definition.retry, maxAttempts: 1 } },
});
