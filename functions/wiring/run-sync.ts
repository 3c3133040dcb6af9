import { handlers } from '#tasks/handlers';
import type { SyncRunner } from '../../shared/dispatcher/prepare-task.ts';
import { createSyncRunner } from '../../shared/worker/sync-runner.ts';
import type { SyncRunnerParts } from './wiring.ts';

const LEASE_SECONDS = 60;

/** For processes that carry the handlers and enqueue: they run the tasks of sync queues themselves. */
export const runSyncAs =
  (workerId: string) =>
  (parts: SyncRunnerParts): SyncRunner =>
    createSyncRunner({
      ...parts,
      handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
      workerId,
      leaseSeconds: LEASE_SECONDS,
      random: Math.random,
    });
