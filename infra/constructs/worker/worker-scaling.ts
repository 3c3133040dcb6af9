import { Duration, Lazy, type TimeZone } from 'aws-cdk-lib';
import {
  CfnScalableTarget,
  CfnScalingPolicy,
  type Schedule,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { chunksOf } from '../../../shared/batches.ts';
import { defined } from '../../../shared/defined.ts';
import type { ScalingPolicy, WakeStep } from '../../../shared/deployment/scaling.ts';
import { ConfigInvalidError, type FieldProblem } from '../../../shared/errors.ts';
import { serviceMetric, workersReporting } from '../../worker-metrics.ts';

/** Limits that apply from a point in time until the next schedule changes them. */
export interface WorkerSchedule {
  readonly schedule: Schedule;

  /** @default UTC */
  readonly timeZone?: TimeZone;

  /** 0 to 1,000; 0 only if the service itself may have none. @default unchanged */
  readonly minWorkers?: number;

  /** 0 to 1,000. @default unchanged */
  readonly maxWorkers?: number;
}

type Limits = Pick<WorkerSchedule, 'minWorkers' | 'maxWorkers'>;

/** @throws {ConfigInvalidError} naming everything that is wrong with the limits */
function assertLimits(name: string, limits: Limits, policy: ScalingPolicy): void {
  const { minWorkers, maxWorkers = policy.maxWorkers } = limits;
  const set = Object.entries(defined(limits));
  const problems: FieldProblem[] = set
    .filter(([, workers]) => !(Number.isInteger(workers) && workers >= 0 && workers <= 1000))
    .map(([path, count]) => ({ path, message: `must be a whole number, 0 to 1000, not ${count}` }));
  if (set.length === 0) {
    problems.push({ path: '', message: 'changes neither minWorkers nor maxWorkers' });
  }
  if (minWorkers !== undefined && minWorkers > maxWorkers) {
    const message = `${minWorkers} are more than maxWorkers, ${maxWorkers}`;
    problems.push({ path: 'minWorkers', message });
  }
  if (minWorkers === 0 && policy.minWorkers > 0) {
    const message = `must be 1 at least: nothing starts workers again where the service has always ${policy.minWorkers}`;
    problems.push({ path: 'minWorkers', message });
  }
  if (problems.length > 0) throw new ConfigInvalidError(`of the schedule "${name}"`, problems);
}

export interface WorkerScalingProps {
  /** `service/<name of the cluster>/<name of the service>`. */
  readonly resourceId: string;

  /** The dimension of the workers' metrics. */
  readonly serviceName: string;

  /** @see scalingPolicyFor */
  readonly policy: ScalingPolicy;

  /**
   * Messages that wait in each queue on SQS, which reports them even without workers. Used when
   * `policy.minWorkers` is 0.
   */
  readonly waiting: readonly IMetric[];
}

/** An alarm reads ten metrics at most, and one of them is the number of workers. */
const QUEUES_OF_AN_ALARM = 9;

/**
 * Lets the number of workers follow the work, by three policies:
 * - while there are workers, target tracking keeps the load of their slots at the target
 * - without workers there is no load to measure, so waiting messages start some
 * - when nothing has been waiting or in flight for a while, the last workers stop
 *
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
 */
export class WorkerScaling extends Construct {
  readonly #props: WorkerScalingProps;
  readonly #targetId: string;
  readonly #schedules: CfnScalableTarget.ScheduledActionProperty[] = [];

  constructor(scope: Construct, id: string, props: WorkerScalingProps) {
    super(scope, id);
    this.#props = props;
    const { minWorkers, maxWorkers } = props.policy;
    // Without a role of ours it uses its own, which may do nothing else.
    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: props.resourceId,
      minCapacity: minWorkers,
      maxCapacity: maxWorkers,
      scheduledActions: Lazy.any({ produce: () => this.#schedules }, { omitEmptyArray: true }),
    });
    this.#targetId = target.ref;
    this.#track();
    if (minWorkers > 0) return;
    this.#wake();
    this.#sleep();
  }

  /** @see WorkerService.scaleOnSchedule */
  scaleOnSchedule(name: string, { schedule, timeZone, ...limits }: WorkerSchedule): void {
    assertLimits(name, limits, this.#props.policy);
    this.#schedules.push({
      scheduledActionName: name,
      schedule: schedule.expressionString,
      timezone: timeZone?.timezoneName,
      scalableTargetAction: {
        minCapacity: limits.minWorkers,
        maxCapacity: limits.maxWorkers,
      },
    });
  }

  /**
   * Slots in use or wanted, divided by all slots. CDK's own policy does not support metric math.
   */
  #track(): void {
    const { policy, serviceName } = this.#props;
    const metrics = {
      held: serviceMetric(serviceName, 'SlotsHeld', 'Sum'),
      wanted: serviceMetric(serviceName, 'SlotsWanted', 'Average'),
      slots: serviceMetric(serviceName, 'Slots', 'Sum'),
    };
    new CfnScalingPolicy(this, 'Load', {
      policyName: 'Load',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: this.#targetId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: policy.targetLoad,
        scaleOutCooldown: policy.scaleOutCooldownSeconds,
        scaleInCooldown: policy.scaleInCooldownSeconds,
        customizedMetricSpecification: {
          metrics: [
            ...Object.entries(metrics).map(([id, metric]) => ({
              id,
              returnData: false,
              metricStat: {
                stat: metric.statistic,
                metric: {
                  namespace: metric.namespace,
                  metricName: metric.metricName,
                  dimensions: [{ name: 'service', value: serviceName }],
                },
              },
            })),
            {
              id: 'load',
              label: 'Load of the slots',
              // A worker that retires holds slots and offers none.
              expression: '(held + wanted) / slots',
              returnData: true,
            },
          ],
        },
      },
    });
  }

  #wake(): void {
    const { policy, serviceName, waiting } = this.#props;
    const { steps, cooldownSeconds } = policy.wake;
    const wake = new CfnScalingPolicy(this, 'Wake', {
      policyName: 'Wake',
      policyType: 'StepScaling',
      scalingTargetId: this.#targetId,
      stepScalingPolicyConfiguration: {
        // Not an exact number: a late alarm must not remove workers.
        adjustmentType: 'ChangeInCapacity',
        cooldown: cooldownSeconds,
        metricAggregationType: 'Maximum',
        stepAdjustments: steps.map(({ tasks, workers }, index) => ({
          metricIntervalLowerBound: tasks - 1,
          ...upTo(steps[index + 1]),
          scalingAdjustment: workers,
        })),
      },
    });
    for (const [index, some] of chunksOf(waiting, QUEUES_OF_AN_ALARM).entries()) {
      const suffix = index === 0 ? '' : index * QUEUES_OF_AN_ALARM;
      const metrics = Object.fromEntries(some.map((metric, index) => [`q${index}`, metric]));
      const sum = Object.keys(metrics)
        .map((name) => `FILL(FILL(${name}, REPEAT), 0)`)
        .join(' + ');
      this.#act(`Waiting${suffix}`, wake, {
        // A minute without data yet is neither one without workers nor one without tasks.
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
        metric: new MathExpression({
          expression: `IF(FILL(FILL(workers, REPEAT), 0) > 0, 0, ${sum})`,
          label: 'Tasks that wait while there is no worker',
          usingMetrics: { ...metrics, workers: workersReporting(serviceName) },
          period: Duration.minutes(1),
        }),
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 1,
        evaluationPeriods: 1,
        alarmDescription: 'Not an alarm: starts workers.',
      });
    }
  }

  #sleep(): void {
    const { policy, serviceName } = this.#props;
    const { idleMinutes, cooldownSeconds } = policy.sleep;
    const sleep = new CfnScalingPolicy(this, 'Sleep', {
      policyName: 'Sleep',
      policyType: 'StepScaling',
      scalingTargetId: this.#targetId,
      stepScalingPolicyConfiguration: {
        adjustmentType: 'ExactCapacity',
        cooldown: cooldownSeconds,
        metricAggregationType: 'Maximum',
        stepAdjustments: [{ metricIntervalUpperBound: 0, scalingAdjustment: 0 }],
      },
    });
    this.#act('Idle', sleep, {
      metric: serviceMetric(serviceName, 'Tasks', 'Maximum'),
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 0,
      evaluationPeriods: idleMinutes,
      alarmDescription: 'Not an alarm: there is nothing to do, and the last workers go.',
    });
  }

  /** Creates an alarm that executes a policy. */
  #act(id: string, policy: CfnScalingPolicy, props: Omit<AlarmProps, 'treatMissingData'>): void {
    const alarm = new Alarm(this, id, {
      ...props,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction({ bind: () => ({ alarmActionArn: policy.ref }) });
  }
}

/** Bounds are relative to the alarm's threshold, which is 1. */
const upTo = (next: WakeStep | undefined) =>
  next ? { metricIntervalUpperBound: next.tasks - 1 } : {};
