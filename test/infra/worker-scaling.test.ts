import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, test } from 'vitest';
import { WorkerScaling } from '../../infra/constructs/worker/worker-scaling.ts';
import { scalingPolicyFor } from '../../shared/deployment/scaling.ts';
import { createApp, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const waitingIn = (queues: number) =>
  Array.from(
    { length: queues },
    (_, index) =>
      new Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensionsMap: { QueueName: `queue-${index}` },
      }),
  );

function setup({ minWorkers = 0, maxWorkers = 4, queues = 3 } = {}) {
  const stack = new Stack(createApp(), 'Test');
  new WorkerScaling(stack, 'Scaling', {
    resourceId: 'service/cluster/service',
    serviceName: 'task-queue',
    policy: scalingPolicyFor({ slots: 10, minWorkers, maxWorkers }),
    waiting: waitingIn(queues),
  });
  return Template.fromStack(stack);
}

const policyOf = (template: Template, PolicyName: string) =>
  Object.values(
    template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy', {
      Properties: { PolicyName },
    }),
  )[0]?.['Properties'];

const alarmsOf = (template: Template) =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );

describe('scaling', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('keeps the number of workers within its limits', () => {
    setup({ minWorkers: 1, maxWorkers: 20 }).hasResourceProperties(
      'AWS::ApplicationAutoScaling::ScalableTarget',
      {
        MinCapacity: 1,
        MaxCapacity: 20,
        ResourceId: 'service/cluster/service',
        ScalableDimension: 'ecs:service:DesiredCount',
      },
    );
  });

  test('follows the slots that tasks take up or ask for, by worker, on metric math', () => {
    const { TargetTrackingScalingPolicyConfiguration: tracking } = policyOf(setup(), 'Load');

    const { Metrics } = tracking.CustomizedMetricSpecification;
    expect(tracking.TargetValue).toBe(0.8);
    expect(
      Metrics.map((query: { Expression?: string; MetricStat?: never }) =>
        query.Expression ? query.Expression : query.MetricStat,
      ),
    ).toMatchObject([
      { Stat: 'Sum', Metric: { Namespace: 'TaskQueue', MetricName: 'SlotsHeld' } },
      { Stat: 'Average', Metric: { Namespace: 'TaskQueue', MetricName: 'SlotsWanted' } },
      { Stat: 'Sum', Metric: { Namespace: 'TaskQueue', MetricName: 'Slots' } },
      '(held + wanted) / slots',
    ]);
  });

  test('starts the first workers by how much waits: one, or in doublings up to the most', () => {
    const { StepScalingPolicyConfiguration: wake } = policyOf(setup({ maxWorkers: 5 }), 'Wake');

    expect(wake).toMatchObject({
      AdjustmentType: 'ChangeInCapacity',
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 480, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 480, MetricIntervalUpperBound: 960, ScalingAdjustment: 2 },
        { MetricIntervalLowerBound: 960, MetricIntervalUpperBound: 1920, ScalingAdjustment: 4 },
        { MetricIntervalLowerBound: 1920, ScalingAdjustment: 5 },
      ],
    });
  });

  test('has no more steps than a policy may have, however many workers there may be', () => {
    const { StepScalingPolicyConfiguration: wake } = policyOf(setup({ maxWorkers: 1000 }), 'Wake');

    expect(wake.StepAdjustments.length).toBeLessThanOrEqual(20);
    expect(wake.StepAdjustments.at(-1).ScalingAdjustment).toBe(1000);
  });

  test('wakes for any of 30 queues, by alarms that read ten metrics at most', () => {
    const waking = alarmsOf(setup({ queues: 30 })).filter(({ Metrics }) => Metrics);

    const metrics = waking.map(({ Metrics }) =>
      Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: object } }) =>
        MetricStat ? [JSON.stringify(MetricStat.Metric)] : [],
      ),
    );
    expect(Math.max(...metrics.map(({ length }) => length))).toBeLessThanOrEqual(10);
    expect(new Set(metrics.flat().filter((metric) => metric.includes('queue-'))).size).toBe(30);
  });

  test('takes the last worker away when nothing was waiting or in flight for ten minutes', () => {
    const template = setup();

    expect(policyOf(template, 'Sleep').StepScalingPolicyConfiguration).toMatchObject({
      AdjustmentType: 'ExactCapacity',
      StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Tasks',
      Threshold: 0,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      EvaluationPeriods: 10,
      Period: 60,
      TreatMissingData: 'notBreaching',
    });
  });

  test('never goes to none where one worker is the least, and needs no alarm for that', () => {
    const template = setup({ minWorkers: 1 });

    expect(policyOf(template, 'Sleep')).toBeUndefined();
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });
});

describe('a schedule', { timeout: SYNTH_TIMEOUT_MS }, () => {
  const schedule = Schedule.cron({ hour: '8' });
  const scalingOf = (minWorkers: number) => {
    const stack = new Stack(createApp(), 'Test');
    const scaling = new WorkerScaling(stack, 'Scaling', {
      resourceId: 'service/cluster/service',
      serviceName: 'task-queue',
      policy: scalingPolicyFor({ slots: 10, minWorkers, maxWorkers: 4 }),
      waiting: waitingIn(1),
    });
    return { stack, scaling };
  };

  test('changes the limits by the clock', () => {
    const { stack, scaling } = scalingOf(0);

    scaling.scaleOnSchedule('morning', { schedule, minWorkers: 2 });
    scaling.scaleOnSchedule('evening', { schedule, minWorkers: 0 });

    Template.fromStack(stack).hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ScheduledActions: [
        { ScheduledActionName: 'morning', ScalableTargetAction: { MinCapacity: 2 } },
        { ScheduledActionName: 'evening', ScalableTargetAction: { MinCapacity: 0 } },
      ],
    });
  });

  test('leaves a limit as it was when it is given as undefined', () => {
    const { stack, scaling } = scalingOf(0);

    scaling.scaleOnSchedule('morning', { schedule, minWorkers: undefined, maxWorkers: 3 });

    Template.fromStack(stack).hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ScheduledActions: [{ ScalableTargetAction: { MinCapacity: Match.absent(), MaxCapacity: 3 } }],
    });
  });

  test.each([
    ['nothing', {}, 'changes neither'],
    ['more than the most', { minWorkers: 5 }, '5 are more than maxWorkers, 4'],
    [
      'a broken number and one too large',
      { minWorkers: 1.5, maxWorkers: 2000 },
      'minWorkers: .*\n.*maxWorkers: ',
    ],
    ['none, where nothing would start one again', { minWorkers: 0 }, 'must be 1 at least'],
  ])('of %s is refused, with the reason', (_what, limits, reason) => {
    const { scaling } = scalingOf(1);

    expect(() => scaling.scaleOnSchedule('night', { schedule, ...limits })).toThrow(
      new RegExp(reason),
    );
  });
});
