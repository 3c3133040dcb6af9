import * as z from 'zod';
import { ConfigInvalidError } from '../errors.ts';
import { fieldProblems } from '../field-problems.ts';
import type { TaskQueueConfig } from './config.ts';
import { RESOURCES_VARIABLE } from './resources-variable.ts';

// On its own, the name costs nothing to load; this module brings zod with it.
export { RESOURCES_VARIABLE };

const resourcesSchema = z.strictObject({
  table: z.string().min(3),
  queues: z.record(z.string(), z.strictObject({ url: z.url(), deadLetterUrl: z.url() })),
  bucket: z.strictObject({ name: z.string().min(3), url: z.url() }).optional(),
});

/**
 * Physical addresses: the table's name, by queue name the URLs of the queue and its dead letters,
 * and the bucket of the file store, if there is one.
 */
export type Resources = z.infer<typeof resourcesSchema>;
export type QueueAddress = Resources['queues'][string];
export type BucketAddress = NonNullable<Resources['bucket']>;

/**
 * Reads `TASK_QUEUE_RESOURCES`, e.g.
 * `{"table":"tasks","queues":{"priority":{"url":"https://…","deadLetterUrl":"https://…"}}}`.
 * @throws {ConfigInvalidError} naming every queue of the configuration that has no address
 */
export function resourcesFrom(
  env: NodeJS.ProcessEnv,
  config: Pick<TaskQueueConfig, 'queues'>,
): Resources {
  const resources = readResources(env);
  const missing = queuesWithoutAddress(config, resources);
  if (missing.length > 0) fail(`no address for: ${missing.join(', ')}`);
  return resources;
}

/** The same, whichever queues the configuration has. @throws {ConfigInvalidError} */
export function readResources(env: NodeJS.ProcessEnv): Resources {
  const text = env[RESOURCES_VARIABLE];
  if (text === undefined) fail('it is not set');
  const parsed = resourcesSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new ConfigInvalidError(RESOURCES_VARIABLE, fieldProblems(parsed.error));
  return parsed.data;
}

/** Names of queues that need an address and have none. */
export const queuesWithoutAddress = (
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  resources: Pick<Resources, 'queues'>,
): string[] =>
  queues
    .filter(({ name, broker }) => broker.type === 'sqs' && !Object.hasOwn(resources.queues, name))
    .map(({ name }) => name);

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
