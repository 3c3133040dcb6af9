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
  /** The resources to monitor. */
  readonly monitored: Monitored;

  /** @see TaskQueueAlarmsProps.maxWaitSeconds */
  readonly maxWaitSeconds?: ReadonlyMap<string, number>;

  /**
   * Recipient of alarms.
   * @default none, unless there is a topic
   */
  readonly alarmEmail?: string;

  /** ARN of your own topic, which gets alarms instead. Its key must let CloudWatch publish. */
  readonly alarmTopic?: string;

  /**
   * US dollars a month. The recipients of alarms are notified when the account costs more.
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
      maxWaitSeconds,
      action: topic && new SnsAction(topic),
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
