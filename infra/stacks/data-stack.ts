import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { Resources } from '../../shared/config/resources.ts';
import { STACK_OUTPUTS } from '../../shared/config/stack-outputs.ts';
import { TaskFilesBucket } from '../constructs/task-files-bucket.ts';
import { TaskLogTable } from '../constructs/task-log-table.ts';
import { WeightedQueue } from '../constructs/weighted-queue.ts';

export interface DataStackProps extends StackProps {
  /** Every queue in it becomes an SQS queue. */
  readonly config: TaskQueueConfig;
}

/** What must outlive every deployment: the queues, the task log and the files. */
export class DataStack extends Stack {
  readonly queues: readonly WeightedQueue[];
  /** Those on SQS. */
  readonly queuesByName: ReadonlyMap<string, WeightedQueue>;
  readonly taskLog: TaskLogTable;
  readonly files: TaskFilesBucket;
  /** Where it all is, to be handed to the processes of the other stacks. */
  readonly resources: Resources;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { queues, taskLog, worker } = props.config;

    const byName = queues.map(({ name }) => {
      // The prefix keeps a queue that somebody names "TaskLog" from colliding with the table.
      const queue = new WeightedQueue(this, `Queue-${name}`, {
        visibilityTimeout: Duration.seconds(worker.visibilityTimeoutSeconds),
        receiveMessageWaitTime: Duration.seconds(worker.pollWaitSeconds),
      });
      return [name, queue] as const;
    });
    const onSqs = new Set(
      queues.filter(({ broker }) => broker.type === 'sqs').map(({ name }) => name),
    );
    this.queuesByName = new Map(byName.filter(([name]) => onSqs.has(name)));
    this.queues = byName.map(([, queue]) => queue);
    this.taskLog = new TaskLogTable(this, 'TaskLog');
    this.files = new TaskFilesBucket(this, 'Files', {
      retention: Duration.days(longestRetention(taskLog)),
    });
    this.resources = {
      table: this.taskLog.tableName,
      queues: Object.fromEntries(byName.map(([name, queue]) => [name, queue.address])),
      bucket: this.files.address,
    };
    this.#describe();
  }

  /** For the command line, which finds a deployment by the name of its stack. */
  #describe(): void {
    const { table, bucket, queues } = this.resources;
    const output = (id: string, description: string, value: string) =>
      new CfnOutput(this, id, { value, description });
    output(STACK_OUTPUTS.table, 'The task log', table);
    if (bucket) output(STACK_OUTPUTS.bucket, 'The files of tasks', this.toJsonString(bucket));
    Object.entries(queues).forEach(([name, address], index) => {
      const value = this.toJsonString({ name, ...address });
      output(`${STACK_OUTPUTS.queue}${index}`, `The queue "${name}"`, value);
    });
  }
}

/** Of all the ways in which a task may end. */
const longestRetention = ({ retentionDays }: TaskQueueConfig['taskLog']): number =>
  typeof retentionDays === 'number' ? retentionDays : Math.max(...Object.values(retentionDays));
