import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  METRIC_NAMESPACE,
  type QueueMetric,
  type ServiceMetric,
} from '../shared/deployment/metric-names.ts';

/** Workers write once a minute. */
const period = Duration.minutes(1);

/** A metric over all queues of a deployment. @param service separates its metrics from others */
export const serviceMetric = (
  service: string,
  metricName: ServiceMetric,
  statistic: string,
): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service },
    statistic,
    period,
  });

/** A metric of one queue. */
export const queueMetric = (
  service: string,
  queue: string,
  metricName: QueueMetric,
  statistic: string,
): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service, queue },
    statistic,
    period,
  });

/** Each worker writes this metric once a minute, unless it hangs. */
export const workersReporting = (service: string): Metric =>
  serviceMetric(service, 'SlotsHeld', 'SampleCount');
