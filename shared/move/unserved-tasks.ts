import type { Broker, QueueDepth } from '../broker/broker.ts';
import type { TaskQueueConfig } from '../config/config.ts';

/** The messages of a queue in one broker, of this or of an earlier configuration. */
export type QueuePlace = {
  readonly queue: string;
  /** The broker type that a served queue has in the configuration. */
  readonly type: TaskQueueConfig['queues'][number]['broker']['type'];
  readonly broker: Broker;
};

/** Messages of a queue that no worker looks at. */
export type UnservedTasks = QueuePlace & { readonly depth: QueueDepth };

/**
 * Finds messages that no worker receives, because their queue has another broker now or was removed. The
 * counts of SQS lag behind by up to a minute:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/confirm-queue-is-empty.html
 */
export async function unservedTasks(
  places: readonly QueuePlace[],
  { queues }: Pick<TaskQueueConfig, 'queues'>,
): Promise<UnservedTasks[]> {
  const isServed = ({ queue, type }: QueuePlace): boolean =>
    queues.some(({ name, broker }) => name === queue && broker.type === type);
  const found = await Promise.all(
    places
      .filter((place) => !isServed(place))
      .map(async (place) => ({ ...place, depth: await depthOf(place.broker) })),
  );
  return found.filter(({ depth }) => messagesIn(depth) > 0);
}

export const messagesIn = ({ waiting, inFlight, delayed }: QueueDepth): number =>
  waiting + inFlight + delayed;

/** For people: `5 tasks (3 waiting, 2 in flight)`. */
export function depthText(depth: QueueDepth): string {
  const parts = [
    [depth.waiting, 'waiting'],
    [depth.inFlight, 'in flight'],
    [depth.delayed, 'delayed'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const total = messagesIn(depth);
  return `${total} ${total === 1 ? 'task' : 'tasks'} (${shown.join(', ')})`;
}

/** A deleted queue has no messages. */
async function depthOf(broker: Broker): Promise<QueueDepth> {
  try {
    return await broker.depth();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const isGone = cause instanceof Error && /QueueDoesNotExist|NonExistentQueue/.test(cause.name);
    if (isGone) return { waiting: 0, inFlight: 0, delayed: 0 };
    throw error;
  }
}
