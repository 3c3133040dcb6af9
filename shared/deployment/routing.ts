import { parseConfig, type TaskQueueConfig } from '../config/config.ts';
import { ConfigInvalidError } from '../errors.ts';

/** The part of the configuration that enqueuers need, as JSON. */
export const ROUTING_VARIABLE = 'TASK_QUEUE_ROUTING';

/** Short, because a function has 4 KB for all its variables. */
export function routingOf({ queues, defaultQueue, taskQueues, taskLog }: TaskQueueConfig): string {
  return JSON.stringify({
    // Only workers need the other settings of a queue.
    queues: queues.map(({ name, broker }) => ({ name, weight: 1, broker })),
    defaultQueue,
    taskQueues,
    taskLog,
    worker: { lanes: false },
  });
}

/** Reads `TASK_QUEUE_ROUTING`. @throws {ConfigInvalidError} */
export function readRouting(env: NodeJS.ProcessEnv): TaskQueueConfig {
  const text = env[ROUTING_VARIABLE];
  if (text === undefined) fail('it is not set');
  return parseConfig(parseJson(text), ROUTING_VARIABLE);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
}

function fail(message: string): never {
  throw new ConfigInvalidError(ROUTING_VARIABLE, [{ path: '', message }]);
}
