import { Duration, RemovalPolicies, Validations } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { QueueAddress } from '../../shared/deployment/resources.ts';
import { MAX_RECEIVE_COUNT, RETENTION_SECONDS } from '../../shared/limits.ts';

export interface WeightedQueueProps {
  /**
   * How long a received message stays hidden, and so how soon a dead worker is noticed: 1 s to 12 h.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
   */
  readonly visibilityTimeout: Duration;

  /**
   * How long a receive without its own wait time waits for a message: 0 to 20 s.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
   * @default 20 seconds
   */
  readonly receiveMessageWaitTime?: Duration;
}

const EACH_MINUTE = { period: Duration.minutes(1), statistic: 'Maximum' };

/**
 * One SQS queue and its dead-letter queue. It has no weight: workers choose between queues by
 * weight, so weights change without a change here.
 */
export class WeightedQueue extends Construct {
  /** The address, in the form that processes read from their environment. */
  readonly address: QueueAddress;
  readonly #queue: IQueue;
  readonly #deadLetterQueue: IQueue;

  constructor(scope: Construct, id: string, props: WeightedQueueProps) {
    super(scope, id);
    const { visibilityTimeout, receiveMessageWaitTime = Duration.seconds(20) } = props;
    const shared = {
      retentionPeriod: Duration.seconds(RETENTION_SECONDS),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    };

    this.#deadLetterQueue = new Queue(this, 'DeadLetterQueue', shared);
    this.#queue = new Queue(this, 'Queue', {
      ...shared,
      visibilityTimeout,
      receiveMessageWaitTime,
      deadLetterQueue: { queue: this.#deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    // Waiting tasks exist nowhere else, so the queue is retained when its stack is deleted or it leaves
    // the configuration. So is its policy, which refuses requests without TLS.
    RemovalPolicies.of(this).retain();
    Validations.of(this.#deadLetterQueue).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is the dead-letter queue.',
    });
    this.address = { url: this.#queue.queueUrl, deadLetterUrl: this.#deadLetterQueue.queueUrl };
  }

  /** Messages that are visible to workers. */
  metricWaiting(): IMetric {
    return this.#queue.metricApproximateNumberOfMessagesVisible(EACH_MINUTE);
  }

  /** Messages that a worker holds, and those that wait for a retry. */
  metricInFlight(): IMetric {
    return this.#queue.metricApproximateNumberOfMessagesNotVisible(EACH_MINUTE);
  }

  /** Seconds since the oldest message was sent. */
  metricOldestAge(): IMetric {
    return this.#queue.metricApproximateAgeOfOldestMessage(EACH_MINUTE);
  }

  /** Messages in the dead-letter queue. */
  metricDeadLetters(): IMetric {
    return this.#deadLetterQueue.metricApproximateNumberOfMessagesVisible(EACH_MINUTE);
  }

  /** Lets a producer send tasks, and nothing else. */
  grantEnqueue(grantee: IGrantable): void {
    this.#queue.grant(grantee, 'sqs:SendMessage');
  }

  /** Allows a worker to receive, extend, requeue and acknowledge messages, and to send dead letters. */
  grantConsume(grantee: IGrantable): void {
    this.#queue.grant(
      grantee,
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
    );
    this.#deadLetterQueue.grant(grantee, 'sqs:SendMessage');
  }

  /** Lets a reader count tasks, but not see them. */
  grantInspect(grantee: IGrantable): void {
    this.#queue.grant(grantee, 'sqs:GetQueueAttributes');
    this.#deadLetterQueue.grant(grantee, 'sqs:GetQueueAttributes');
  }
}
