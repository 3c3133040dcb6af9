import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
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

interface AlarmTopicProps {
  /** AWS sends this address a request to confirm the subscription. */
  readonly email: string;
}

/** Alarms cannot use AWS's key, because its policy does not allow them. */
const PUBLISHERS = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'];

/** Topic for alarms and budgets. Encrypted, and accepts TLS only. */
class AlarmTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: 'Messages about alarms of the task queue',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const principals = PUBLISHERS.map((service) => new ServicePrincipal(service));
    key.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key's policy that is the key.
        resources: ['*'],
        conditions,
      }),
    );
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions,
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    Validations.of(topic).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'An e-mail that does not arrive is no loss: the dashboard shows every alarm.',
    });
    this.topic = topic;
  }
}

interface MonthlyBudgetProps {
  /** US dollars a month, of the whole account. */
  readonly limit: number;

  /** The recipient of notifications. */
  readonly subscriber: { readonly email: string } | { readonly topicArn: string };
}

/** Notifies when 80 % of the budget is spent, and when AWS forecasts that all of it will be. */
class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { limit, subscriber }: MonthlyBudgetProps) {
    super(scope, id);
    const subscribers = [
      'email' in subscriber
        ? { subscriptionType: 'EMAIL', address: subscriber.email }
        : { subscriptionType: 'SNS', address: subscriber.topicArn },
    ];
    const when = (notificationType: string, threshold: number) => ({
      subscribers,
      notification: {
        notificationType,
        threshold,
        thresholdType: 'PERCENTAGE',
        comparisonOperator: 'GREATER_THAN',
      },
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limit, unit: 'USD' },
      },
      notificationsWithSubscribers: [when('ACTUAL', 80), when('FORECASTED', 100)],
    });
  }
}
