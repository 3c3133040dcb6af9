import { handlers } from '#tasks/handlers';
import type { SyncRunner } from '../../shared/dispatcher/prepare-task.ts';
import { createSyncRunner } from '../../shared/worker/inline-runner.ts';
import type { SyncRunnerParts } from './wiring.ts';

/** Runs tasks of sync queues in this process, which has their handlers. */
export const runSyncAs =
  (workerId: string) =>
  (parts: SyncRunnerParts): SyncRunner =>
    createSyncRunner({
      ...parts,
      handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
      workerId,
    });
