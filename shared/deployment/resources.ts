import * as z from 'zod';
import type { TaskQueueConfig } from '../config/config.ts';
import { ConfigInvalidError } from '../errors.ts';
import { fieldProblems } from '../validation.ts';
import { RESOURCES_VARIABLE } from './stack-outputs.ts';

// The name alone is cheap to load; this module loads zod.
export { RESOURCES_VARIABLE };

const resourcesSchema = z.strictObject({
  table: z.string().min(3).optional(),
  queues: z.record(z.string(), z.strictObject({ url: z.url(), deadLetterUrl: z.url() })),
  bucket: z.strictObject({ name: z.string().min(3), url: z.url() }).optional(),
  databases: z
    .record(
      z.string(),
      z.strictObject({
        url: z.url({ protocol: /^postgres(ql)?$/ }),
        iam: z.boolean().optional(),
        pauses: z.boolean().optional(),
      }),
    )
    .optional(),
});

/**
 * Physical addresses: the name of the task log's table, if it is on DynamoDB, by queue name the URLs of
 * the queue and its dead letters, the bucket of the file store, if there is one, and the PostgreSQL
 * databases, by the name that `persistence` gives them. `iam`: it is Aurora or RDS, which takes tokens
 * that IAM signs instead of a password, over verified TLS. `pauses`: it may take 15 s to answer first.
 */
export type Resources = z.infer<typeof resourcesSchema>;
export type QueueAddress = Resources['queues'][string];
export type DatabaseAddress = NonNullable<Resources['databases']>[string];
export type BucketAddress = NonNullable<Resources['bucket']>;

/**
 * Reads `TASK_QUEUE_RESOURCES`, e.g.
 * `{"table":"tasks","queues":{"priority":{"url":"https://…","deadLetterUrl":"https://…"}}}`.
 * @throws {ConfigInvalidError} naming everything in the configuration that has no address
 */
export function resourcesFrom(
  env: NodeJS.ProcessEnv,
  config: Pick<TaskQueueConfig, 'queues' | 'taskLog'>,
): Resources {
  const resources = readResources(env);
  const missing = [
    ...queuesWithoutAddress(config, resources),
    ...[missingOfTaskLog(config, resources)].filter((what) => what !== undefined),
  ];
  if (missing.length > 0) fail(`no address for: ${missing.join(', ')}`);
  return resources;
}

/** Reads the resources without comparing them with the queues. @throws {ConfigInvalidError} */
export function readResources(env: NodeJS.ProcessEnv): Resources {
  const text = env[RESOURCES_VARIABLE];
  if (text === undefined) fail('it is not set');
  const parsed = resourcesSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new ConfigInvalidError(RESOURCES_VARIABLE, fieldProblems(parsed.error));
  return parsed.data;
}

/** The task log's table. @throws {ConfigInvalidError} where there is none */
export function tableOf({ table }: Pick<Resources, 'table'>): string {
  return table ?? fail('it has no table: the task log is on PostgreSQL');
}

type Queue = TaskQueueConfig['queues'][number];
type Addresses = Pick<Resources, 'table' | 'queues' | 'databases'>;

/** Queues that need an address and have none, with what is missing where that is not their own. */
export const queuesWithoutAddress = (
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  resources: Addresses,
): string[] => queues.filter((queue) => !hasAddress(queue, resources)).map(missingAddress);

/** Lists resources that the task log needs and that are missing. */
export function missingOfTaskLog(
  { taskLog }: Pick<TaskQueueConfig, 'taskLog'>,
  resources: Addresses,
): string | undefined {
  if (taskLog.type !== 'postgres') {
    return resources.table === undefined ? 'the task log ("table")' : undefined;
  }
  const { persistence } = taskLog;
  return hasDatabase(persistence, resources) ? undefined : `the task log ${database(persistence)}`;
}

function hasAddress({ name, broker }: Queue, resources: Addresses): boolean {
  if (broker.type === 'sqs') return Object.hasOwn(resources.queues, name);
  return broker.type === 'memory' || hasDatabase(broker.persistence, resources);
}

const hasDatabase = (persistence: string, { databases = {} }: Addresses): boolean =>
  Object.hasOwn(databases, persistence);

const missingAddress = ({ name, broker }: Queue): string =>
  broker.type === 'postgres' ? `${name} ${database(broker.persistence)}` : name;

const database = (persistence: string): string => `(database "${persistence}")`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
}

function fail(message: string): never {
  throw new ConfigInvalidError(RESOURCES_VARIABLE, [{ path: '', message }]);
}
