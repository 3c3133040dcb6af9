import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Broker, QueueHealth } from '../../shared/broker/broker.ts';
import {
  DEFAULT_SERVICE_NAME,
  METRIC_NAMESPACE,
  type QueueMetric,
  SERVICE_NAME_VARIABLE,
  type ServiceMetric,
} from '../../shared/deployment/metric-names.ts';
import type { Logger } from '../../shared/logger.ts';
import { demandOf, type QueueLoad, RunTimes } from '../../shared/worker/demand.ts';
import type { QueueInterval } from '../../shared/worker/queue-stats.ts';
import type { QueueStatus } from '../../shared/worker/scheduler.ts';

export type DemandMetricsDeps = {
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly status: () => readonly QueueStatus[];
  /** Tasks that the worker may run at once; 0 while it retires. */
  readonly slots: () => number;
  readonly logger: Logger;
};

/**
 * Writes once a minute how many slots the work of all queues needs. The number of workers follows this
 * metric. An alarm can read ten metrics at most, so one metric per queue would be too many.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
export class DemandMetrics {
  readonly #deps: DemandMetricsDeps;
  readonly #runTimes = new RunTimes();
  readonly #metrics: Metrics;

  constructor(deps: DemandMetricsDeps) {
    this.#deps = deps;
    const serviceName = process.env[SERVICE_NAME_VARIABLE] ?? DEFAULT_SERVICE_NAME;
    this.#metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName });
  }

  /**
   * Reads the depth of every queue. If one does not answer, the sum is unknown: then it writes only what this
   * worker does, so that the service does not scale by a part of the sum. Never rejects.
   * @param minute what happened in the last minute, by queue
   */
  async write(minute: ReadonlyMap<string, QueueInterval>): Promise<void> {
    const [status, slots] = [this.#deps.status(), this.#deps.slots()];
    for (const { queue, running } of status) {
      this.#runTimes.note(queue, minute.get(queue), running);
    }
    try {
      const loads = await Promise.all(status.map((queue) => this.#loadOf(queue)));
      const { tasks, slotsHeld, slotsWanted } = demandOf(loads.flatMap((load) => load ?? []));
      this.#publish({
        Tasks: tasks,
        Slots: slots,
        SlotsHeld: slotsHeld,
        SlotsWanted: slotsWanted,
      });
    } catch (error) {
      this.#deps.logger.warn('the depth of the queues is not known', { error });
      const running = status.reduce((sum, queue) => sum + queue.running, 0);
      this.#publish({ Slots: slots, SlotsHeld: running });
    }
  }

  async #loadOf({ queue, ...status }: QueueStatus): Promise<QueueLoad | undefined> {
    const broker = this.#deps.brokers.get(queue);
    if (broker === undefined || broker.system === 'memory') return undefined;
    const health = await broker.health?.();
    if (health) this.#publishHealth(queue, health);
    const { waiting, inFlight } = health ?? (await broker.depth());
    return { ...status, waiting, inFlight, runSeconds: this.#runTimes.of(queue) };
  }

  #publish(values: Partial<Record<ServiceMetric, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      this.#metrics.addMetric(name, MetricUnit.Count, value);
    }
    this.#metrics.publishStoredMetrics();
  }

  /** Publishes at once, before the next queue answers. Does not write zeros. */
  #publishHealth(queue: string, health: QueueHealth): void {
    const { waiting, inFlight, oldestWaitSeconds, deadLetters } = health;
    const values: [QueueMetric, 'Count' | 'Seconds', number][] = [
      ['Backlog', MetricUnit.Count, waiting + inFlight],
      ['OldestWait', MetricUnit.Seconds, Math.floor(oldestWaitSeconds)],
      ['DeadLetters', MetricUnit.Count, deadLetters],
    ];
    const written = values.filter(([, , value]) => value > 0);
    if (written.length === 0) return;
    this.#metrics.addDimension('queue', queue);
    for (const metric of written) this.#metrics.addMetric(...metric);
    this.#metrics.publishStoredMetrics();
  }
}
