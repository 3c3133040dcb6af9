import { type Resources, resourcesFrom } from '../../shared/config/resources.ts';
import type { Logger } from '../../shared/logger.ts';
import { createBatchedInserts } from '../batched-inserts.ts';
import { createFileStore } from '../file-store.ts';
import { runSyncAs } from '../run-sync.ts';
import { type Wiring, wire } from '../wiring.ts';

/** The parts of a command: tasks of sync queues run in it, and its log is for people. */
export function wireCli(env: NodeJS.ProcessEnv): Wiring & { readonly resources: Resources } {
  const createSyncRunner = runSyncAs(`cli-${process.pid}`);
  const wiring = wire(env, {
    createFileStore,
    createSyncRunner,
    logger,
    createInserts: createBatchedInserts,
  });
  return { ...wiring, resources: resourcesFrom(env, wiring.config) };
}

const say = (message: string): boolean => process.stderr.write(`${message}\n`);

/** Standard output is for results. What went as planned is no news. */
const logger: Logger = {
  info: () => undefined,
  warn: (message, fields) => say(withReason(message, fields)),
  error: (message, fields) => say(withReason(message, fields)),
};

function withReason(message: string, { error, ...fields }: Record<string, unknown> = {}): string {
  const details = Object.entries(fields).map(([key, value]) => `${key} ${String(value)}`);
  const reason = error instanceof Error ? [error.message] : [];
  return [message, ...details, ...reason].join(', ');
}
