import { Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { MonthlyBudget } from '../constructs/monthly-budget.ts';
import { TaskQueueAlarms } from '../constructs/task-queue-alarms.ts';
import { TaskQueueDashboard } from '../constructs/task-queue-dashboard.ts';
import type { Monitored } from '../monitored.ts';

export interface MonitoringStackProps extends StackProps {
  /** What there is to watch. */
  readonly monitored: Monitored;

  /** @see TaskQueueAlarmsProps.maxWaitSeconds */
  readonly maxWaitSeconds?: ReadonlyMap<string, number>;

  /**
   * Who is told of alarms.
   * @default nobody, if there is no topic either
   */
  readonly alarmEmail?: string;

  /** ARN of a topic of yours that is told instead. Its key must let CloudWatch publish. */
  readonly alarmTopic?: string;

  /**
   * US dollars a month that the account may cost before the same are told.
   * @default no budget
   */
  readonly budget?: number;
}

/** Dashboard, alarms and budget. Nothing else depends on it. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { alarmEmail, budget, maxWaitSeconds, monitored } = props;
    const topic = this.#topic(props);
    const { alarms } = new TaskQueueAlarms(this, 'Alarms', {
      ...monitored,
      ...(maxWaitSeconds && { maxWaitSeconds }),
      ...(topic && { action: new SnsAction(topic) }),
    });
    new TaskQueueDashboard(this, 'Dashboard', { ...monitored, alarms });
    if (budget === undefined || topic === undefined) return;
    const subscriber = alarmEmail ? { email: alarmEmail } : { topicArn: topic.topicArn };
    new MonthlyBudget(this, 'Budget', { limit: budget, subscriber });
  }

  #topic({ alarmEmail, alarmTopic }: MonitoringStackProps): ITopic | undefined {
    if (alarmTopic) return Topic.fromTopicArn(this, 'GivenTopic', alarmTopic);
    return alarmEmail ? new AlarmTopic(this, 'AlarmTopic', { email: alarmEmail }).topic : undefined;
  }
}
