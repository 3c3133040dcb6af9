import type { Broker, Delivery, QueueDepth } from '../broker/broker.ts';
import { type Clock, systemClock } from '../clock.ts';
import { SQS_BATCH } from '../limits.ts';
import { messagesIn } from './stranded-tasks.ts';

export type Moved = {
  /** Messages that have left the place. */
  readonly tasks: number;
  /** Messages that are still there. */
  readonly left: QueueDepth;
};

export type MoveTasksDeps = {
  readonly from: Broker;
  /** Where the message belongs now. */
  readonly targetOf: (body: string) => Broker;
  /** A batch is moved well within it. */
  readonly leaseSeconds: number;
  /** 0 to 20: of each poll. */
  readonly waitSeconds: number;
  /** How long to wait for messages that somebody holds. */
  readonly patienceSeconds: number;
  readonly clock?: Clock;
  readonly onMoved?: (tasks: number) => void;
};

/**
 * Takes all messages of a place to where they belong: sent first, then deleted. Dying in between
 * leaves a message in both places, and repeating it makes one more; to the claim they are one task.
 *
 * Messages in flight stay with their worker. A dead worker loses them when its lease ends.
 * @throws {BrokerUnavailableError} with every message in one place at least
 */
export async function moveTasks(deps: MoveTasksDeps): Promise<Moved> {
  const { from, clock = systemClock, onMoved } = deps;
  let tasks = 0;
  let movedAt = clock.now();
  for (;;) {
    const deliveries = await from.receive({
      max: SQS_BATCH.entries,
      waitSeconds: deps.waitSeconds,
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
    if (messagesIn(left) === 0 || waitedSeconds >= deps.patienceSeconds) return { tasks, left };
  }
}

/** @returns how many were moved */
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
