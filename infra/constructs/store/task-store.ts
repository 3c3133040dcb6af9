import {
  type CfnElement,
  CfnOutput,
  Duration,
  RemovalPolicies,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { persistencesOf, type TaskQueueConfig } from '../../../shared/config/config.ts';
import type { BucketAddress, Resources } from '../../../shared/deployment/resources.ts';
import { STACK_OUTPUTS } from '../../../shared/deployment/stack-outputs.ts';
import { RETENTION_DAYS } from '../../../shared/limits.ts';
import { WeightedQueue } from '../weighted-queue.ts';
import { DatabaseMigrations } from './database-migrations.ts';
import { DatabaseNetwork } from './database-network.ts';
import { TaskDatabase } from './task-database.ts';
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

export interface TaskFilesBucketProps {
  /** How long the record of a task is kept after its end. */
  readonly retention: Duration;
}

/** Prefix of the files that tasks create. */
const FILES = 'files/';
/** Parameters that are too large for a message. */
const PAYLOADS = 'payloads/';

// An attempt lasts up to 12 h, and DynamoDB may delete a record a few days late.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
const RECORDS_LINGER = Duration.days(3);

/**
 * The S3 bucket behind the file store. Only roles with a grant can access it, and callers with a
 * presigned URL of the API. It stays when its stack is deleted.
 */
export class TaskFilesBucket extends Construct {
  /** The address, in the form that processes read from their environment. */
  readonly address: BucketAddress;
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, props: TaskFilesBucketProps) {
    super(scope, id);
    const retentionDays = props.retention.toDays();

    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: 'files-outlive-their-records',
          prefix: FILES,
          expiration: Duration.days(retentionDays + RECORDS_LINGER.toDays()),
        },
        {
          id: 'payloads-outlive-their-messages-and-records',
          prefix: PAYLOADS,
          // A message can stay as long again in the dead-letter queue.
          expiration: Duration.days(Math.max(retentionDays, RETENTION_DAYS) + RETENTION_DAYS + 1),
        },
        {
          id: 'no-parts-of-uploads-that-died',
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    // Also retains its policy, which refuses requests without TLS.
    RemovalPolicies.of(bucket).retain();
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'The access log of the API records who gets a URL for a file; a log of S3 would need a second bucket.',
    });
    this.address = {
      name: bucket.bucketName,
      url: `https://${bucket.bucketRegionalDomainName}`,
    };
    this.#bucket = bucket;
  }

  /** Lets an enqueuer store parameters that are too large for a message, but not read them. */
  grantOffload(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:PutObject'], PAYLOADS);
  }

  /** Lets a worker read the parameters of tasks, and store those of children and files. */
  grantRun(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:PutObject', 's3:AbortMultipartUpload'], FILES);
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject'], PAYLOADS);
    this.#grantToMiss(grantee);
  }

  /** Lets a reader show parameters, and sign URLs for files: a URL can do what its signer may. */
  grantDownload(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:GetObject'], FILES, PAYLOADS);
    this.#grantToMiss(grantee);
  }

  /** Allows deleting the files of archived tasks, and retrying tasks with large parameters. */
  grantManage(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:DeleteObject'], FILES);
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject'], PAYLOADS);
    this.#grantToMiss(grantee);
  }

  /**
   * Without it S3 answers 403 for an object that is not there, as if it were forbidden.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  #grantToMiss(grantee: IGrantable): void {
    const resourceArns = [this.#bucket.bucketArn];
    Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns });
  }

  // Not Bucket.grantRead() and the like: they allow more actions, and all of them in the whole bucket.
  #grant(grantee: IGrantable, actions: string[], ...prefixes: string[]): void {
    const resourceArns = prefixes.map((prefix) => this.#bucket.arnForObjects(`${prefix}*`));
    Grant.addToPrincipal({ grantee, actions, resourceArns });
    const { grantPrincipal } = grantee;
    if (!Construct.isConstruct(grantPrincipal)) return;
    const bucketId = Stack.of(this).getLogicalId(this.#bucket.node.defaultChild as CfnElement);
    for (const prefix of prefixes) {
      Validations.of(grantPrincipal).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${prefix}*]`,
        reason: 'Each task has an object of its own under the prefix.',
      });
    }
  }
}
