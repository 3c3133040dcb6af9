import type { ConfigInput } from './config-file.ts';

/** The configuration with a task in this queue, which is created like the default one if it is new. */
export function associate(
  input: ConfigInput,
  task: string,
  queue: string,
  weight?: number,
): ConfigInput {
  const isNew = input.queues.every(({ name }) => name !== queue);
  const model = input.queues.find(({ name }) => name === input.defaultQueue) ?? input.queues[0];
  const created =
    isNew && model ? [{ name: queue, weight: weight ?? model.weight, broker: model.broker }] : [];
  return {
    ...input,
    queues: [...input.queues, ...created],
    taskQueues: { ...input.taskQueues, [task]: queue },
  };
}

/** The configuration without an association: the task goes to the default queue. */
export function dissociate(input: ConfigInput, task: string): ConfigInput {
  const { [task]: _gone, ...taskQueues } = input.taskQueues ?? {};
  return { ...input, taskQueues };
}
