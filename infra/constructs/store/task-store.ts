import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { persistencesOf, type TaskQueueConfig } from '../../../shared/config/config.ts';
import type { Resources } from '../../../shared/deployment/resources.ts';
import { STACK_OUTPUTS } from '../../../shared/deployment/stack-outputs.ts';
import { WeightedQueue } from '../weighted-queue.ts';
import { DatabaseMigrations } from './database-migrations.ts';
import { DatabaseNetwork } from './database-network.ts';
import { TaskDatabase } from './task-database.ts';
import { TaskFilesBucket } from './task-files-bucket.ts';
import { TaskLogTable } from './task-log-table.ts';

export interface TaskStoreProps {
  /** Its queues become SQS queues or are in a database. Its task log is in a table or a database. */
  readonly config: TaskQueueConfig;
}

/** Resources that survive every deployment: the queues, the task log and the files. */
export class TaskStore extends Construct {
  /** The queues on SQS. */
  readonly queues: readonly WeightedQueue[];
  readonly queuesByName: ReadonlyMap<string, WeightedQueue>;
  /** Absent: the task log is in a database. */
  readonly taskLog: TaskLogTable | undefined;
  readonly files: TaskFilesBucket;
  /** The network of the databases and their clients. Absent: there are no databases. */
  readonly network: DatabaseNetwork | undefined;
  /** The addresses of everything, for processes. */
  readonly resources: Resources;
  readonly #databases: ReadonlyMap<string, TaskDatabase>;

  constructor(scope: Construct, id: string, props: TaskStoreProps) {
    super(scope, id);
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
      table: this.taskLog?.tableName,
      queues: addressesOf(queues),
      bucket: this.files.address,
      databases: this.#databases.size > 0 ? addressesOf(this.#databases) : undefined,
    };
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
}

const addressesOf = <Address>(
  resources: ReadonlyMap<string, { readonly address: Address }>,
): Record<string, Address> =>
  Object.fromEntries([...resources].map(([name, { address }]) => [name, address]));

/** Returns the longest retention over all outcomes of a task. */
const longestRetention = ({ retentionDays }: TaskQueueConfig['taskLog']): number =>
  typeof retentionDays === 'number' ? retentionDays : Math.max(...Object.values(retentionDays));

/** For the command line, which finds a deployment by the name of its stack. A stack has these once. */
export function addStoreOutputs(scope: Construct, resources: Resources): void {
  const { table, bucket, queues, databases = {} } = resources;
  const toJson = (value: object): string => Stack.of(scope).toJsonString(value);
  const output = (id: string, description: string, value: string): void =>
    new CfnOutput(scope, id, { value, description }).overrideLogicalId(id);
  if (table !== undefined) output(STACK_OUTPUTS.table, 'The task log', table);
  if (bucket) output(STACK_OUTPUTS.bucket, 'The files of tasks', toJson(bucket));
  Object.entries(queues).forEach(([name, address], index) => {
    const value = toJson({ name, ...address });
    output(`${STACK_OUTPUTS.queue}${index}`, `The queue "${name}"`, value);
  });
  Object.entries(databases).forEach(([name, address], index) => {
    const value = toJson({ name, ...address });
    output(`${STACK_OUTPUTS.database}${index}`, `The database "${name}"`, value);
  });
}
