import type { Broker } from '../broker/broker.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { BrokerUnavailableError } from '../errors.ts';
import { encodeTask } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import { parseParameters, type TaskCatalogue } from '../task/task-definition.ts';
import { isSyncQueue, type SyncRunner, syncElsewhere } from './prepare-task.ts';
import { queueFor } from './routing.ts';

export type SendAgainDeps = {
  readonly config: Pick<TaskQueueConfig, 'queues' | 'defaultQueue' | 'taskQueues'>;
  readonly catalogue: TaskCatalogue;
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly runSync?: SyncRunner;
};

/** A task whose message is lost, or was given up on, on its way into a queue. */
export type Resent = {
  readonly task: Task;
  readonly queue: string;
};

/**
 * Sends tasks that have a record already, under their ids; runs those of sync queues. Should another
 * message of a task be about, its claim lets one of them run. Answers for each task in the same order.
 */
export async function sendAgain(
  tasks: readonly Resent[],
  deps: SendAgainDeps,
): Promise<(Error | undefined)[]> {
  const groups = [...Map.groupBy(tasks, ({ queue }) => queue)];
  const answers = new Map(
    await Promise.all(
      groups.map(async ([queue, group]) => [queue, await sendGroup(queue, group, deps)] as const),
    ),
  );
  return tasks.map(({ queue }) => answers.get(queue)?.shift());
}

/**
 * Where a task goes that is sent once more: to the queue that it was in, if there still is one; else
 * where the configuration sends its like now.
 * @throws {TaskNameUnknownError | ParametersInvalidError | ConfigInvalidError}
 */
export function queueAgain(
  { name, queue }: { readonly name: string; readonly queue: string },
  parameters: unknown,
  { config, catalogue }: Pick<SendAgainDeps, 'config' | 'catalogue'>,
): string {
  if (config.queues.some((known) => known.name === queue)) return queue;
  const definition = catalogue.get(name);
  return queueFor(definition, parseParameters(definition, parameters), config);
}

async function sendGroup(
  queue: string,
  group: readonly Resent[],
  { config, brokers, runSync }: SendAgainDeps,
): Promise<(Error | undefined)[]> {
  const messages = group.map(({ task }) => ({ body: encodeTask(task) }));
  try {
    if (isSyncQueue(queue, config)) {
      if (!runSync) throw syncElsewhere(queue);
      for (const { body } of messages) await runSync(queue, body);
      return group.map(() => undefined);
    }
    const broker = brokers.get(queue);
    if (!broker) throw new BrokerUnavailableError(queue, 'it has no broker here');
    return await broker.publish(messages);
  } catch (error) {
    return group.map(() => error as Error);
  }
}
