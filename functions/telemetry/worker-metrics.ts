import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Broker, QueueHealth } from '../../shared/broker/broker.ts';
import {
  DEFAULT_SERVICE_NAME,
  METRIC_NAMESPACE,
  type QueueMetric,
  SERVICE_NAME_VARIABLE,
  type ServiceMetric,
} from '../../shared/deployment/metric-names.ts';
import type { Distribution } from '../../shared/distribution.ts';
import type { Logger } from '../../shared/logger.ts';
import { QueueInterval, type QueueStats } from '../../shared/worker/queue-stats.ts';
import type { QueueStatus } from '../../shared/worker/scheduler.ts';
import { demandOf, type QueueLoad, RunTimes } from './demand.ts';

/** CloudWatch keeps one point of a metric a minute. */
const INTERVAL_MS = 60_000;

/** CloudWatch accepts 100 values of a metric in one document; Powertools starts another at the 100th. */
const MAX_VALUES = 99;

const { Count, Milliseconds, NoUnit } = MetricUnit;

function createMetrics(): Metrics {
  const serviceName = process.env[SERVICE_NAME_VARIABLE] ?? DEFAULT_SERVICE_NAME;
  return new Metrics({ namespace: METRIC_NAMESPACE, serviceName });
}

export type EmfMetricsDeps = {
  readonly stats: QueueStats;
  readonly status: () => readonly Omit<QueueStatus, 'isPaused'>[];
  /** Requests sent to this queue since the process started. */
  readonly requestsTo: (queue: string) => number;
  /** Called with what happened in each full minute. */
  readonly onMinute?: (minute: ReadonlyMap<string, QueueInterval>) => void;
};

/**
 * Writes one line per queue and minute to stdout, in CloudWatch's embedded metric format. CloudWatch Logs
 * turns these lines into metrics. Zeros are not written, because CloudWatch bills each metric for every hour
 * in which it gets a value.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmfMetrics {
  readonly #deps: EmfMetricsDeps;
  readonly #metrics = createMetrics();
  readonly #requestsBefore = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: EmfMetricsDeps) {
    this.#deps = deps;
  }

  /** Writes at full minutes, so that the gauges of all workers are in the same minute and can be added. */
  start(): void {
    const untilFullMinute = INTERVAL_MS - (Date.now() % INTERVAL_MS);
    // A timer may fire a little early: then this is the minute that was just written.
    const wait = untilFullMinute < 1000 ? untilFullMinute + INTERVAL_MS : untilFullMinute;
    this.#timer = setTimeout(() => {
      const minute = this.write();
      this.#deps.onMinute?.(minute);
      this.start();
    }, wait);
    this.#timer.unref();
  }

  /** Stops, and writes what happened since the last minute. */
  stop(): void {
    clearTimeout(this.#timer);
    this.write();
  }

  /** Returns what happened since the last call, by queue. */
  write(): ReadonlyMap<string, QueueInterval> {
    const intervals = this.#deps.stats.drain();
    for (const status of this.#deps.status()) {
      const interval = intervals.get(status.queue) ?? new QueueInterval();
      this.#addCounts(interval);
      this.#addValues('PickupLatency', interval.pickups);
      this.#addValues('RunTime', interval.runs);
      this.#addOne('Buffered', status.buffered);
      this.#addOne('BusySlots', status.running);
      this.#addRequestsPerTask(status.queue, interval.finished);
      if (!this.#metrics.hasStoredMetrics()) continue;
      this.#metrics.addDimension('queue', status.queue);
      this.#metrics.publishStoredMetrics();
    }
    return intervals;
  }

  #addCounts(interval: QueueInterval): void {
    this.#addOne('Picked', interval.picked);
    this.#addOne('Completed', interval.countOf('completed'));
    this.#addOne('Failed', interval.countOf('failed'));
    this.#addOne('Retried', interval.countOf('retried'));
    this.#addOne('EmptyReceives', interval.emptyReceives);
  }

  #addOne(name: QueueMetric, count: number): void {
    if (count > 0) this.#metrics.addMetric(name, Count, count);
  }

  /** Writes the maximum into the log line only: as a metric of its own it would cost money. */
  #addValues(name: 'PickupLatency' | 'RunTime', seconds: Distribution): void {
    if (seconds.count === 0) return;
    for (const value of seconds.sample(MAX_VALUES)) {
      this.#metrics.addMetric(name, Milliseconds, toMs(value));
    }
    this.#metrics.addMetadata(`${name}Max`, String(toMs(seconds.max)));
  }

  #addRequestsPerTask(queue: string, finished: number): void {
    const requests = this.#deps.requestsTo(queue);
    const sent = requests - (this.#requestsBefore.get(queue) ?? 0);
    this.#requestsBefore.set(queue, requests);
    if (finished > 0 && sent > 0) {
      const name: QueueMetric = 'RequestsPerTask';
      this.#metrics.addMetric(name, NoUnit, sent / finished);
    }
  }
}

/** Rounds to microseconds, which keeps the lines short. */
const toMs = (seconds: number): number => Math.round(seconds * 1e6) / 1e3;

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
  readonly #metrics = createMetrics();

  constructor(deps: DemandMetricsDeps) {
    this.#deps = deps;
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

type ReportDeps = Pick<DemandMetricsDeps, 'brokers' | 'logger'> &
  Pick<EmfMetricsDeps, 'stats' | 'requestsTo'> & {
    readonly worker: { readonly slots: number; status(): readonly QueueStatus[] };
  };

/** Writes the metrics of a worker each minute. @returns what writes the last ones */
export function reportMetrics({ worker, ...deps }: ReportDeps): () => void {
  const status = (): readonly QueueStatus[] => worker.status();
  const demand = new DemandMetrics({ ...deps, status, slots: () => worker.slots });
  const metrics = new EmfMetrics({
    ...deps,
    status,
    onMinute: (minute) => void demand.write(minute),
  });
  metrics.start();
  return () => metrics.stop();
}
