import { type Resources, resourcesFrom } from '../../../shared/deployment/resources.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Resends } from '../../../shared/task-log/resends.ts';
import { createBatchedInserts } from '../../wiring/batched-inserts.ts';
import { createFileStore } from '../../wiring/file-store.ts';
import { SQL_OF_PEOPLE } from '../../wiring/postgres-extras.ts';
import { createResends } from '../../wiring/resends.ts';
import { runSyncAs } from '../../wiring/run-sync.ts';
import { type Wiring, wire } from '../../wiring/wiring.ts';
import { logLine } from '../terminal/log-line.ts';

export type CliLog = {
  /** `undefined`: JSON lines on standard output. @default what is no news is not said, for people */
  readonly logger?: Logger | undefined;
};

/** The parts of a command: tasks of sync queues run in it, and its log is for people. */
export function wireCli(
  env: NodeJS.ProcessEnv,
  log: CliLog = { logger: forPeople },
): Wiring & { readonly resources: Resources; readonly resends: Resends } {
  const createSyncRunner = runSyncAs(`cli-${process.pid}`);
  const { logger } = log;
  const wiring = wire(env, {
    createFileStore,
    createSyncRunner,
    createResends,
    ...SQL_OF_PEOPLE,
    createInserts: createBatchedInserts,
    ...(logger && { logger }),
  });
  const { resends } = wiring;
  if (!resends) throw new Error('what was asked for was not made');
  return { ...wiring, resends, resources: resourcesFrom(env, wiring.config) };
}

const say = (message: string): boolean => process.stderr.write(`${message}\n`);

/** Standard output is for results. What went as planned is no news. */
const forPeople: Logger = {
  info: () => undefined,
  warn: (message, fields) => say(logLine(message, fields)),
  error: (message, fields) => say(logLine(message, fields)),
};
