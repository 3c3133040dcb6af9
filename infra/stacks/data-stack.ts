import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { persistencesOf } from '../../shared/config/persistences.ts';
import type { Resources } from '../../shared/config/resources.ts';
import { STACK_OUTPUTS } from '../../shared/config/stack-outputs.ts';
import { DatabaseMigrations } from '../constructs/database-migrations.ts';
import { DatabaseNetwork } from '../constructs/database-network.ts';
import { TaskDatabase } from '../constructs/task-database.ts';
import { TaskFilesBucket } from '../constructs/task-files-bucket.ts';
import { TaskLogTable } from '../constructs/task-log-table.ts';
import { WeightedQueue } from '../constructs/weighted-queue.ts';

export interface DataStackProps extends StackProps {
  /** Its queues become SQS queues or are in a database, and so is its task log or in a table. */
  readonly config: TaskQueueConfig;
}

/** What must outlive every deployment: the queues, the task log and the files. */
export class DataStack extends Stack {
  /** Those on SQS. */
  readonly queues: readonly WeightedQueue[];
  readonly queuesByName: ReadonlyMap<string, WeightedQueue>;
  /** Absent: the task log is in a database. */
  readonly taskLog: TaskLogTable | undefined;
  readonly files: TaskFilesBucket;
  /** Where databases are, and who talks to them. Absent: there are none. */
  readonly network: DatabaseNetwork | undefined;
  /** Where it all is, to be handed to the processes of the other stacks. */
  readonly resources: Resources;
  readonly #databases: ReadonlyMap<string, TaskDatabase>;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { taskLog } = props.config;
    const queues = this.#createQueues(props.config);
    this.queuesByName = queues;
    this.queues = [...queues.values()];
    this.taskLog = taskLog.type === 'dynamodb' ? new TaskLogTable(this, 'TaskLog') : undefined;
    this.files = new TaskFilesBucket(this, 'Files', {
      retention: Duration.days(longestRetention(taskLog)),
    });
    const persistences = persistencesOf(props.config);
    this.network =
      persistences.length > 0
        ? new DatabaseNetwork(this, 'DatabaseNetwork', { sqs: queues.size > 0 })
        : undefined;
    this.#databases = this.#createDatabases(persistences);
    this.resources = {
      ...(this.taskLog && { table: this.taskLog.tableName }),
      queues: addressesOf(queues),
      bucket: this.files.address,
      ...(this.#databases.size > 0 && { databases: addressesOf(this.#databases) }),
    };
    this.#describe();
  }

  /** Lets a process among the network's clients connect to the databases. */
  grantConnect(grantee: IGrantable): void {
    for (const database of this.#databases.values()) database.grantConnect(grantee);
  }

  #createQueues({ queues, worker }: TaskQueueConfig): Map<string, WeightedQueue> {
    return new Map(
      queues
        .filter(({ broker }) => broker.type === 'sqs')
        .map(({ name }) => {
          // The prefix keeps a queue that somebody names "TaskLog" from colliding with the table.
          const queue = new WeightedQueue(this, `Queue-${name}`, {
            visibilityTimeout: Duration.seconds(worker.visibilityTimeoutSeconds),
            receiveMessageWaitTime: Duration.seconds(worker.pollWaitSeconds),
          });
          return [name, queue];
        }),
    );
  }

  #createDatabases(names: readonly string[]): Map<string, TaskDatabase> {
    const { network } = this;
    if (!network) return new Map();
    return new Map(
      names.map((name) => {
        const database = new TaskDatabase(this, `Database-${name}`, { network });
        new DatabaseMigrations(this, `Migrations-${name}`, { database, network });
        return [name, database];
      }),
    );
  }

  /** For the command line, which finds a deployment by the name of its stack. */
  #describe(): void {
    const { table, bucket, queues, databases = {} } = this.resources;
    const output = (id: string, description: string, value: string) =>
      new CfnOutput(this, id, { value, description });
    if (table !== undefined) output(STACK_OUTPUTS.table, 'The task log', table);
    if (bucket) output(STACK_OUTPUTS.bucket, 'The files of tasks', this.toJsonString(bucket));
    Object.entries(queues).forEach(([name, address], index) => {
      const value = this.toJsonString({ name, ...address });
      output(`${STACK_OUTPUTS.queue}${index}`, `The queue "${name}"`, value);
    });
    Object.entries(databases).forEach(([name, address], index) => {
      const value = this.toJsonString({ name, ...address });
      output(`${STACK_OUTPUTS.database}${index}`, `The database "${name}"`, value);
    });
  }
}

const addressesOf = <Address>(
  resources: ReadonlyMap<string, { readonly address: Address }>,
): Record<string, Address> =>
  Object.fromEntries([...resources].map(([name, { address }]) => [name, address]));

/** Of all the ways in which a task may end. */
const longestRetention = ({ retentionDays }: TaskQueueConfig['taskLog']): number =>
  typeof retentionDays === 'number' ? retentionDays : Math.max(...Object.values(retentionDays));
