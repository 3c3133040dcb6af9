import type { TaskQueueConfig } from '../config/config.ts';
import { ConfigInvalidError } from '../errors.ts';
import type { TaskDefinition } from '../task/task-definition.ts';

/**
 * The queue of a task: what its definition chooses from the parameters, else what the configuration
 * associates with its name, else the default queue, else the first one.
 * @throws {ConfigInvalidError} when that names a queue that is not registered
 */
export function queueFor(
  definition: TaskDefinition,
  parameters: unknown,
  {
    queues,
    defaultQueue,
    taskQueues,
  }: Pick<TaskQueueConfig, 'queues' | 'defaultQueue' | 'taskQueues'>,
): string {
  const names = queues.map(({ name }) => name);
  const associated = Object.hasOwn(taskQueues, definition.name)
    ? taskQueues[definition.name]
    : undefined;
  const chosen = definition.queue?.(parameters) ?? associated ?? defaultQueue ?? names[0];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  throw new ConfigInvalidError(`of task "${definition.name}"`, [
    { path: 'queue', message: `"${chosen}" is not registered; registered: ${names.join(', ')}` },
  ]);
}
