import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { chunksOf } from '../../shared/batches.ts';
import type { QueueMetric } from '../../shared/deployment/metric-names.ts';
import type { Monitored } from '../monitored.ts';
import { queueMetric, workersReporting } from '../worker-metrics.ts';
import type { TableStreamConsumer } from './store/table-stream-consumer.ts';

export interface TaskQueueAlarmsProps extends Monitored {
  /**
   * Longest wait before the alarm, in seconds, by queue name. The key '' is the default for other queues.
   * @default 900 for all
   */
  readonly maxWaitSeconds?: ReadonlyMap<string, number>;

  /**
   * Action of the alarms.
   * @default none: the alarms only change their state
   */
  readonly action?: IAlarmAction;
}

const RUNBOOK = 'docs/operations.md';
const DEFAULT_MAX_WAIT_SECONDS = 900;
/** An alarm reads ten metrics at most, and one of them is the number of workers. */
const QUEUES_OF_AN_ALARM = 9;

type Condition = {
  /** The heading in the runbook. */
  readonly section: string;
  readonly what: string;
  readonly metric: IMetric;
  /** The first value that is too much. */
  readonly from: number;
  /** Minutes on end. */
  readonly minutes: number;
  /**
   * Number of evaluated minutes. A late value is missing in the latest minute of each evaluation, and
   * counts as 0 then.
   * @default as many as `minutes`
   */
  readonly of?: number;
  readonly when?: ComparisonOperator;
  readonly missing?: TreatMissingData;
};

/** Alarms that an operator must see. Each has a section in the runbook. */
export class TaskQueueAlarms extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #action: IAlarmAction | undefined;

  constructor(scope: Construct, id: string, props: TaskQueueAlarmsProps) {
    super(scope, id);
    this.#action = props.action;
    for (const { name } of props.config.queues) this.#watchQueue(name, props);
    this.#watchWorkers(props);
    this.#watchApi(props);
    if (props.stream) this.#watchStream(props.stream);
  }

  #watchQueue(name: string, props: TaskQueueAlarmsProps): void {
    const { maxWaitSeconds = new Map<string, number>(), queues, serviceName } = props;
    const maxWait = maxWaitSeconds.get(name) ?? maxWaitSeconds.get('') ?? DEFAULT_MAX_WAIT_SECONDS;
    const queue = queues.get(name);
    // PostgreSQL reports nothing to CloudWatch; workers do.
    const own = (metric: QueueMetric): IMetric => queueMetric(serviceName, name, metric, 'Maximum');
    this.#add(`LongWait-${name}`, {
      section: 'long-wait',
      what: `A task of the queue "${name}" is older than ${maxWait} s`,
      metric: queue ? queue.metricOldestAge() : own('OldestWait'),
      from: maxWait,
      minutes: 3,
    });
    this.#add(`DeadLetters-${name}`, {
      section: 'dead-letters',
      what: `Tasks of the queue "${name}" were given up on`,
      metric: queue ? queue.metricDeadLetters() : own('DeadLetters'),
      from: 1,
      minutes: 1,
    });
  }

  #watchWorkers({ minWorkers, queues, serviceName }: TaskQueueAlarmsProps): void {
    const workers = workersReporting(serviceName);
    const shared = {
      section: 'no-worker',
      what: 'No worker reports, for ten minutes',
      minutes: 10,
    };
    if (minWorkers > 0) {
      this.#add('NoWorker', {
        ...shared,
        metric: workers,
        from: 0,
        when: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        missing: TreatMissingData.BREACHING,
      });
      return;
    }
    const waiting = [...queues.values()].map((queue) => queue.metricWaiting());
    for (const [index, some] of chunksOf(waiting, QUEUES_OF_AN_ALARM).entries()) {
      const suffix = index === 0 ? '' : index * QUEUES_OF_AN_ALARM;
      const metric = sumOf(some, (sum) => `IF(FILL(workers, 0) > 0, 0, ${sum})`, { workers });
      const what = `${shared.what}, and tasks wait`;
      this.#add(`NoWorker${suffix}`, {
        ...shared,
        what,
        metric,
        from: 1,
        of: 12,
      });
    }
  }

  #watchApi({ api, functions, taskLog }: TaskQueueAlarmsProps): void {
    this.#add('ApiErrors', {
      section: 'api-errors',
      what: 'The API answers 5xx, five times a minute for three minutes',
      metric: api.metricServerErrors(),
      from: 5,
      minutes: 3,
    });
    const period = { period: Duration.minutes(1), statistic: 'Sum' };
    this.#add('FunctionThrottles', {
      section: 'function-throttles',
      what: 'Lambda refuses to run functions, because too many run in the account',
      metric: sumOf(functions.map((lambda) => lambda.metricThrottles(period))),
      from: 1,
      minutes: 3,
      of: 5,
    });
    if (taskLog === undefined) return;
    this.#add('TableThrottles', {
      section: 'table-throttles',
      what: 'DynamoDB refuses requests, because there are too many',
      metric: sumOf(taskLog.metricsThrottled()),
      from: 1,
      minutes: 3,
      of: 5,
    });
  }

  #watchStream(stream: TableStreamConsumer): void {
    this.#add('StreamLag', {
      section: 'stream-lag',
      what: 'Statistics and events are more than ten minutes behind',
      metric: stream.metricLag(),
      from: 600_000,
      minutes: 5,
    });
    this.#add('StreamDeadLetters', {
      section: 'stream-dead-letters',
      what: 'Changes of tasks were given up on: statistics are wrong, events are missing',
      metric: stream.metricDeadLetters(),
      from: 1,
      minutes: 1,
    });
  }

  #add(id: string, condition: Condition): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${condition.what}. ${RUNBOOK}#${condition.section}`,
      metric: condition.metric,
      threshold: condition.from,
      evaluationPeriods: condition.of ?? condition.minutes,
      datapointsToAlarm: condition.minutes,
      comparisonOperator: condition.when ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: condition.missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (this.#action) alarm.addAlarmAction(this.#action);
    this.alarms.push(alarm);
  }
}

/** Metrics without a value in a minute count as 0. */
function sumOf(
  metrics: readonly IMetric[],
  expressionOf: (sum: string) => string = (sum) => sum,
  more: Record<string, IMetric> = {},
): MathExpression {
  const named = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const sum = Object.keys(named)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new MathExpression({
    expression: expressionOf(sum),
    usingMetrics: { ...named, ...more },
    period: Duration.minutes(1),
  });
}
