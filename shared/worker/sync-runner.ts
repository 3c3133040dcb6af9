import { randomUUID } from 'node:crypto';
import type { SyncRunner } from '../dispatcher/prepare-task.ts';
import type { RunDeps } from './run.ts';
import { TaskRunner } from './task-runner.ts';

/** A task that wants to run "later" for ever must not keep its caller for ever. */
const MAX_RUNS = 20;

/**
 * Runs tasks of sync queues in the caller, through the same claim ▸ handle ▸ finish as a worker.
 * A retry follows at once: the caller is waiting.
 */
export function createSyncRunner(deps: RunDeps): SyncRunner {
  const runner = new TaskRunner(deps);
  const never = new AbortController().signal;
  return async (queue, body) => {
    const now = Date.now();
    const delivery = { body, messageId: randomUUID(), receipt: '', sentAt: now, receiveCount: 1 };
    const held = { queue, delivery, receivedAt: now, leasedAt: now };
    for (let runs = 0; runs < MAX_RUNS; runs++) {
      const { action, outcome } = await runner.run(held, never);
      if (action !== 'release' || outcome === 'busy') return;
    }
    deps.logger.warn('sync task did not end', { queue, runs: MAX_RUNS });
  };
}
