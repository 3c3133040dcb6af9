import type { Broker, Delivery, QueueDepth } from '../broker/broker.ts';
import { type Clock, systemClock } from '../clock.ts';
import { SQS_BATCH } from '../limits.ts';
import { messagesIn } from './unserved-tasks.ts';

export type Moved = {
  /** Messages that were moved. */
  readonly tasks: number;
  /** Messages that are still there. */
  readonly left: QueueDepth;
};

export type MoveTasksDeps = {
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
