import { chunksOf } from '../batches.ts';
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { TaskClaims } from '../task-log/task-log.ts';
import { MAX_KEPT_SECONDS } from './return-message.ts';
import type { LeasedMessage } from './run.ts';
import { obey } from './stop-reasons.ts';

export type LeaseKeeperDeps = {
  /** By queue. A message of a queue without a broker has no lease to renew, only a claim. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly log: Pick<TaskClaims, 'heartbeat'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseSeconds: number;
};

/**
 * Renews what a worker leases once half of the lease is over: the messages that wait or run, and the
 * claims of the running tasks. So a dead worker is noticed within one visibility timeout, and a task
 * may run far longer than that. SQS hides a message for at most 12 h: in the last minute only the
 * claim keeps other workers from the task.
 */
export class LeaseKeeper {
  readonly #deps: LeaseKeeperDeps;

  constructor(deps: LeaseKeeperDeps) {
    this.#deps = deps;
  }

  /** How often to call `renew`, in milliseconds. Each lease then has two chances to be renewed. */
  get intervalMs(): number {
    return Math.ceil((this.#deps.leaseSeconds * 1000) / 4);
  }

  /** Renews what is due. Never rejects. Returns messages that another worker may have now. */
  async renew(messages: readonly LeasedMessage[]): Promise<LeasedMessage[]> {
    const dueBefore = this.#deps.clock.now() - this.intervalMs * 2;
    const due = messages.filter(({ leasedAt }) => leasedAt <= dueBefore);
    const byQueue = Map.groupBy(this.#renewable(due), ({ queue }) => queue);
    const claims = due.map((message) => this.#renewClaim(message));
    const leases = [...byQueue].flatMap(([queue, ofQueue]) => {
      const broker = this.#deps.brokers.get(queue);
      if (!broker) return [];
      const batches = chunksOf(ofQueue, broker.maxBatch);
      return batches.map((batch) => this.#renewLeases(queue, broker, batch));
    });
    const lost = (await Promise.all(leases)).flat();
    const failed = await Promise.all(claims);
    // Due again at the next call: a whole half of the lease later the claim would have ended.
    for (const message of failed) if (message) message.leasedAt = dueBefore;
    return lost;
  }

  /** Leaves out messages that have been leased as long as SQS allows. */
  #renewable(due: readonly LeasedMessage[]): LeasedMessage[] {
    const now = this.#deps.clock.now();
    const since = now - (MAX_KEPT_SECONDS - this.#deps.leaseSeconds) * 1000;
    for (const message of due) if (message.receivedAt < since) message.leasedAt = now;
    return due.filter(({ receivedAt }) => receivedAt >= since);
  }

  async #renewLeases(
    queue: string,
    broker: Broker,
    messages: readonly LeasedMessage[],
  ): Promise<LeasedMessage[]> {
    const { clock, leaseSeconds, logger } = this.#deps;
    const leasedAt = clock.now();
    const deliveries = messages.map(({ delivery }) => delivery);
    try {
      const lost = await broker.changeLease(deliveries, leaseSeconds);
      for (const message of messages) message.leasedAt = leasedAt;
      return messages.filter(({ delivery }) => lost.includes(delivery));
    } catch (error) {
      logger.warn('leases could not be renewed', { queue, messages: messages.length, error });
      return [];
    }
  }

  /** Returns the message if its claim could not be renewed. */
  async #renewClaim(message: LeasedMessage): Promise<LeasedMessage | undefined> {
    const { log, leaseSeconds, logger } = this.#deps;
    const { execution } = message;
    if (!execution) return undefined;
    const { claim, abort } = execution;
    try {
      obey(await log.heartbeat(claim, leaseSeconds), abort);
      return undefined;
    } catch (error) {
      logger.warn('claim could not be renewed', { taskId: claim.taskId, error });
      return message;
    }
  }
}
