import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Resources } from '../../../shared/deployment/resources.ts';
import { ApiFunction } from '../api-function.ts';
import type { TaskLogTable } from './task-log-table.ts';

export interface TableStreamConsumerProps {
  /** Whose changes are consumed, and where they are counted. */
  readonly taskLog: TaskLogTable;

  /** Addresses of its queues and its table. */
  readonly resources: Resources;

  /**
   * How long changes are gathered before they are counted, all at once: 0 to 5 minutes. A batch costs
   * an invocation and at least 6 write units, however many changes are in it.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
   * @default 5 seconds
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Name of the EventBridge bus that receives an event when a task has ended.
   * @default none
   */
  readonly eventBus?: string;
}

// How long failed changes are retried. The shard waits behind them, so that none is skipped. After
// a day DynamoDB deletes them without notice.
const MAX_RECORD_AGE = Duration.hours(20);

/** The function that counts changes of the task log, and emits events of tasks that end. */
export class TableStreamConsumer extends Construct {
  readonly function: IFunction;
  readonly #deadLetterQueue: IQueue;

  constructor(scope: Construct, id: string, props: TableStreamConsumerProps) {
    super(scope, id);
    const { taskLog, resources, maxBatchingWindow = Duration.seconds(5), eventBus } = props;

    const consumer = new ApiFunction(this, 'Consumer', {
      entry: 'functions/streams/table-stream.ts',
      resources,
      timeout: Duration.seconds(30),
    });
    this.function = consumer.function;
    this.#deadLetterQueue = this.#createDeadLetterQueue(consumer);
    taskLog.grantConsumeStream(consumer);
    taskLog.grantCount(consumer);
    if (eventBus !== undefined) {
      const bus = { service: 'events', resource: 'event-bus', resourceName: eventBus };
      Grant.addToPrincipal({
        grantee: consumer,
        actions: ['events:PutEvents'],
        resourceArns: [Stack.of(this).formatArn(bus)],
      });
    }

    new EventSourceMapping(this, 'Source', {
      target: consumer.function,
      eventSourceArn: taskLog.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      // Only the items of tasks. The table has other items, such as counters.
      filters: [
        FilterCriteria.filter({ dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('T#') } } } }),
      ],
      batchSize: 1000,
      maxBatchingWindow,
      // The window keeps no state, but without one Lambda does not name the shard. Each window ends
      // with one more invocation per shard, so it has the maximum length, 15 minutes.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
      tumblingWindow: Duration.minutes(15),
      // A checkpoint is one position in a shard: its batches come one after the other.
      parallelizationFactor: 1,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      maxRecordAge: MAX_RECORD_AGE,
      onFailure: { bind: () => ({ destination: this.#deadLetterQueue.queueArn }) },
    });
  }

  /** Batches of changes that were moved to the dead-letter queue. */
  metricDeadLetters(): IMetric {
    return this.#deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1),
      statistic: 'Maximum',
    });
  }

  /** How far it is behind, in milliseconds. */
  metricLag(): IMetric {
    return this.function.metric('IteratorAge', {
      period: Duration.minutes(1),
      statistic: 'Maximum',
    });
  }

  /** Names the records of the batches in the dead-letter queue. `task-queue stats repair` corrects the statistics. */
  #createDeadLetterQueue(consumer: ApiFunction): IQueue {
    const queue = new Queue(this, 'DeadLetterQueue', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    queue.grant(consumer, 'sqs:SendMessage');
    const reason = 'It is the dead-letter queue, of a stream.';
    Validations.of(queue).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
    return queue;
  }
}
