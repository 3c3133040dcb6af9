// `serverless-task-queue/enqueue`: for processes of one's own in AWS, without the HTTP API.

import { wire } from '../functions/wiring/wiring.ts';
import type { Contracts, EnqueueOptions, NewTask } from '../shared/client/client.ts';
import { readRouting } from '../shared/deployment/routing.ts';
import type { EnqueuedTask, EnqueueRequest } from '../shared/dispatcher/enqueue-request.ts';

export type { EnqueuedTask } from '../shared/dispatcher/enqueue-request.ts';

type WithId = {
  /** A ULID of the caller's, so that enqueuing again makes no second task. @default a new one */
  readonly id?: string;
};

/** Enqueues in this process, without the HTTP API. */
export interface Enqueuer<Tasks extends Contracts> {
  /**
   * @returns when the queue holds the task durably
   * @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | FilesUnavailableError |
   *   BrokerUnavailableError} with nothing stored
   */
  enqueue(task: NewTask<Tasks> & WithId): Promise<EnqueuedTask>;

  /** Any number, in few requests. Answers for each, in order, with its id or with why it was refused. */
  enqueueMany(tasks: readonly (NewTask<Tasks> & WithId)[]): Promise<(EnqueuedTask | Error)[]>;
}

export type EnqueuerOptions<Tasks extends Contracts> = {
  readonly contracts: Tasks;
  /** With the variables of `TaskQueue.environment`. @default that of the process */
  readonly env?: NodeJS.ProcessEnv;
};

/** Once per process. @throws {ConfigInvalidError} naming everything that is missing or wrong */
export function createEnqueuer<Tasks extends Contracts>(
  options: EnqueuerOptions<Tasks>,
): Enqueuer<Tasks> {
  const { contracts, env = process.env } = options;
  const { dispatcher } = wire(env, { contracts, config: readRouting(env) });
  return {
    enqueue: (task) => dispatcher.enqueue(requestOf(task)),
    enqueueMany: (tasks) => dispatcher.enqueueMany(tasks.map(requestOf)),
  };
}

type AnyTask = EnqueueOptions & WithId & { readonly name: string; readonly parameters: unknown };

/** A null owner equals none here, because the process itself is the caller. */
const requestOf = ({ owner, ...task }: AnyTask): EnqueueRequest => ({
  ...task,
  owner: owner ?? undefined,
});
