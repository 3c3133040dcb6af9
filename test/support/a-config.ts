import { parseConfig, type TaskQueueConfig } from '../../shared/config/config.ts';

const ON_SQL = { type: 'postgres', persistence: 'default' };
let isOnSql = false;

/** Configurations of this test file have queues and task log on PostgreSQL from now on, unless a test says otherwise. */
export const keepAllOnPostgres = (): void => {
  isOnSql = true;
};

/** Configurations have their queues on SQS again, as before `keepAllOnPostgres`. */
export const keepAllOnSqs = (): void => {
  isOnSql = false;
};

/** The broker of this test file, as configurations have it. */
export const aBroker = (): { readonly type: string } => (isOnSql ? ON_SQL : { type: 'sqs' });

/** A configuration as people write it, in the places of this test file. */
export const placed = <Input extends { readonly queues: readonly object[] }>(input: Input) =>
  isOnSql
    ? {
        ...input,
        queues: input.queues.map((queue) => ({ ...queue, broker: ON_SQL })),
        taskLog: ON_SQL,
      }
    : input;

/** A valid configuration of one queue, changed as a test needs. */
export const aConfig = (changes: Record<string, unknown> = {}): TaskQueueConfig =>
  parseConfig(
    {
      queues: [{ name: 'main', weight: 1, broker: aBroker() }],
      ...(isOnSql && { taskLog: ON_SQL }),
      ...changes,
    },
    'of a test',
    'any',
  );
