import type { Broker, Delivery, QueueDepth } from '../broker/broker.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { SQS_BATCH } from '../limits.ts';

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

export type Moved = {
  /** Messages that were moved. */
  readonly tasks: number;
  /** Messages that are still there. */
  readonly left: QueueDepth;
};

type MoveTasksDeps = {
  readonly from: Broker;
  /** The current broker of a message. */
  readonly targetOf: (body: string) => Broker;
  /** The lease of a batch. Moving it takes far less. */
  readonly leaseSeconds: number;
  /** Time of each long poll, 0 to 20. */
  readonly pollSeconds: number;
  /** How long to wait for messages in flight. */
  readonly waitSeconds: number;
  readonly clock?: Clock;
  readonly onMoved?: (tasks: number) => void;
};

/**
 * Moves all messages to their current broker: sends each, then deletes it. If the process dies in between,
 * a message is in both places. The claim in the task log lets it run once.
 *
 * Messages in flight stay with their worker. If that is dead, they come back when the lease ends.
 * @throws {BrokerUnavailableError} with no message lost
 */
export async function moveTasks(deps: MoveTasksDeps): Promise<Moved> {
  const { from, clock = systemClock, onMoved } = deps;
  let tasks = 0;
  let movedAt = clock.now();
  for (;;) {
    const deliveries = await from.receive({
      max: SQS_BATCH.entries,
      waitSeconds: deps.pollSeconds,
      leaseSeconds: deps.leaseSeconds,
    });
    const moved = await transfer(deliveries, deps);
    tasks += moved;
    if (moved > 0) {
      movedAt = clock.now();
      onMoved?.(tasks);
      continue;
    }
    const left = await from.depth();
    const waitedSeconds = (clock.now() - movedAt) / 1000;
    if (messagesIn(left) === 0 || waitedSeconds >= deps.waitSeconds) return { tasks, left };
  }
}

/** @returns the number of moved messages */
async function transfer(
  deliveries: readonly Delivery[],
  { from, targetOf }: MoveTasksDeps,
): Promise<number> {
  const groups = Map.groupBy(deliveries, ({ body }) => targetOf(body));
  let moved = 0;
  for (const [target, group] of groups) {
    const failures = await target.publish(group.map(({ body }) => ({ body })));
    const sent = group.filter((_delivery, index) => failures[index] === undefined);
    const refused = group.filter((delivery) => !sent.includes(delivery));
    if (refused.length > 0) await from.changeLease(refused, 0);
    if (sent.length > 0) await from.ack(sent);
    moved += sent.length;
  }
  return moved;
}
