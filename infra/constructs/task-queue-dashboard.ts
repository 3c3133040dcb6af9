import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { QueueMetric } from '../../shared/deployment/metric-names.ts';
import type { Monitored } from '../monitored.ts';
import { queueMetric, serviceMetric, workersReporting } from '../worker-metrics.ts';

export interface TaskQueueDashboardProps extends Monitored {
  readonly alarms: readonly Alarm[];
}

/** Dashboard with alarms, workers and API in the first rows, then two rows for each queue. */
export class TaskQueueDashboard extends Construct {
  constructor(scope: Construct, id: string, props: TaskQueueDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      // All regions of an account share one list of dashboards.
      dashboardName: `${props.serviceName}-${Stack.of(this).region}`,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', width: 24, alarms: [...props.alarms] })],
        workersRow(props),
        apiRow(props),
        ...props.config.queues.flatMap(({ name }) => queueRows(name, props)),
      ],
    });
  }
}

/** A third of a row. */
const graph = (title: string, left: readonly IMetric[], unit?: string): GraphWidget =>
  new GraphWidget({
    title,
    width: 8,
    left: [...left],
    leftYAxis: { min: 0, showUnits: false, label: unit },
  });

function workersRow({ serviceName }: TaskQueueDashboardProps): IWidget[] {
  const workers = workersReporting(serviceName);
  const held = serviceMetric(serviceName, 'SlotsHeld', 'Sum');
  const wanted = serviceMetric(serviceName, 'SlotsWanted', 'Average');
  const load = new MathExpression({
    expression: '(held + wanted) / slots',
    label: 'Load',
    usingMetrics: { held, wanted, slots: serviceMetric(serviceName, 'Slots', 'Sum') },
    period: Duration.minutes(1),
  });
  return [
    graph('Workers', [workers.with({ label: 'Workers' })]),
    graph('Load, what scaling goes by', [load], 'slots asked for, of all'),
    graph('Tasks of all queues', [serviceMetric(serviceName, 'Tasks', 'Average')]),
  ];
}

const apiRow = ({ api, stream }: TaskQueueDashboardProps): IWidget[] => [
  graph('API', [api.metricRequests(), api.metricServerErrors()], 'a minute'),
  graph('API latency', [api.metricLatency('p50'), api.metricLatency('p99')], 'ms'),
  ...(stream ? [graph('Lag of statistics and events', [stream.metricLag()], 'ms')] : []),
];

function queueRows(name: string, { queues, serviceName }: TaskQueueDashboardProps): IWidget[][] {
  const queue = queues.get(name);
  const own = (metric: QueueMetric, statistic: string): IMetric =>
    queueMetric(serviceName, name, metric, statistic).with({ label: `${metric} ${statistic}` });
  return [
    [new TextWidget({ markdown: `## ${name}`, width: 24, height: 1 })],
    [
      graph(
        'Depth',
        queue
          ? [queue.metricWaiting(), queue.metricInFlight(), queue.metricDeadLetters()]
          : [own('Backlog', 'Average'), own('DeadLetters', 'Maximum')],
        'tasks',
      ),
      queue
        ? graph('Oldest task', [queue.metricOldestAge()], 's')
        : graph('Longest wait', [own('OldestWait', 'Maximum')], 's'),
      graph(
        'Throughput and failures',
        [own('Completed', 'Sum'), own('Failed', 'Sum'), own('Retried', 'Sum')],
        'a minute',
      ),
    ],
    [
      graph(
        'Pickup latency',
        [own('PickupLatency', 'p50'), own('PickupLatency', 'p99'), own('RunTime', 'p99')],
        'ms',
      ),
      graph('Empty receives', [own('EmptyReceives', 'Sum')], 'a minute'),
      graph('Slots', [own('BusySlots', 'Sum'), own('Buffered', 'Sum')], 'tasks'),
    ],
  ];
}
