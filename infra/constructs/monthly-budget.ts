import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';

export interface MonthlyBudgetProps {
  /** US dollars a month, of the whole account. */
  readonly limit: number;

  /** The recipient of notifications. */
  readonly subscriber: { readonly email: string } | { readonly topicArn: string };
}

/** Notifies when 80 % of the budget is spent, and when AWS forecasts that all of it will be. */
export class MonthlyBudget extends Construct {
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
