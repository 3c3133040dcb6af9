import { chunksOf } from '../batches.ts';
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import type { Execution, HeldTask } from './held-task.ts';
import { MAX_HELD_SECONDS } from './release.ts';
import { obey } from './stop-reasons.ts';

export type LeaseKeeperDeps = {
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly log: TaskLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseSeconds: number;
};

/**
 * Keeps what a worker holds: once a lease is half over it is set anew, for waiting and running
 * tasks, and for running ones the claim in the task log too. So a dead worker is noticed within
 * one visibility timeout, and a task may run far longer than that. SQS hides a message
 * for 12 h at most: in the last minute the claim alone keeps others off.
 */
export class LeaseKeeper {
  readonly #deps: LeaseKeeperDeps;

  constructor(deps: LeaseKeeperDeps) {
    this.#deps = deps;
  }

  /** How often `renew` must be called, in milliseconds: each lease then has two chances to be kept. */
  get intervalMs(): number {
    return Math.ceil((this.#deps.leaseSeconds * 1000) / 4);
  }

  /** Renews what is due. Never rejects. Returns the tasks whose message somebody else may have now. */
  async renew(held: readonly HeldTask[]): Promise<HeldTask[]> {
    const dueBefore = this.#deps.clock.now() - this.intervalMs * 2;
    const due = held.filter(({ leasedAt }) => leasedAt <= dueBefore);
    const byQueue = Map.groupBy(this.#renewable(due), ({ queue }) => queue);
    const claims = due.flatMap(({ execution }) => (execution ? [this.#renewClaim(execution)] : []));
    const leases = [...byQueue].flatMap(([queue, tasks]) => {
      const broker = this.#deps.brokers.get(queue);
      if (!broker) return [];
      const batches = chunksOf(tasks, broker.maxBatch);
      return batches.map((batch) => this.#renewLeases(queue, broker, batch));
    });
    await Promise.all(claims);
    return (await Promise.all(leases)).flat();
  }

  #renewable(due: readonly HeldTask[]): HeldTask[] {
    const now = this.#deps.clock.now();
    const since = now - (MAX_HELD_SECONDS - this.#deps.leaseSeconds) * 1000;
    for (const task of due) if (task.receivedAt < since) task.leasedAt = now;
    return due.filter(({ receivedAt }) => receivedAt >= since);
  }

  async #renewLeases(
    queue: string,
    broker: Broker,
    tasks: readonly HeldTask[],
  ): Promise<HeldTask[]> {
    const { clock, leaseSeconds, logger } = this.#deps;
    const leasedAt = clock.now();
    const deliveries = tasks.map(({ delivery }) => delivery);
    try {
      const lost = await broker.changeLease(deliveries, leaseSeconds);
      for (const task of tasks) task.leasedAt = leasedAt;
      return tasks.filter(({ delivery }) => lost.includes(delivery));
    } catch (error) {
      logger.warn('leases could not be renewed', { queue, tasks: tasks.length, error });
      return [];
    }
  }

  async #renewClaim({ claim, abort }: Execution): Promise<void> {
    const { log, leaseSeconds, logger } = this.#deps;
    try {
      obey(await log.heartbeat(claim, leaseSeconds), abort);
    } catch (error) {
      logger.warn('claim could not be renewed', { taskId: claim.taskId, error });
    }
  }
}
