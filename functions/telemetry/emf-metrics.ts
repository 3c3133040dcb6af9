import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import {
  DEFAULT_SERVICE_NAME,
  METRIC_NAMESPACE,
  type QueueMetric,
  SERVICE_NAME_VARIABLE,
} from '../../shared/deployment/metric-names.ts';
import type { Distribution } from '../../shared/distribution.ts';
import { QueueInterval, type QueueStats } from '../../shared/worker/queue-stats.ts';
import type { QueueStatus } from '../../shared/worker/scheduler.ts';

/** CloudWatch keeps one point of a metric a minute. */
const INTERVAL_MS = 60_000;

/** CloudWatch accepts 100 values of a metric in one document; Powertools starts another at the 100th. */
const MAX_VALUES = 99;

const { Count, Milliseconds, NoUnit } = MetricUnit;

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
  readonly #metrics: Metrics;
  readonly #requestsBefore = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: EmfMetricsDeps) {
    this.#deps = deps;
    const serviceName = process.env[SERVICE_NAME_VARIABLE] ?? DEFAULT_SERVICE_NAME;
    this.#metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName });
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
