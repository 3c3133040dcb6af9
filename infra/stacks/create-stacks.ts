import { type App, Aspects, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { FlowLogDestination, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { parseDeploymentOptions } from '../../shared/deployment/deployment-options.ts';
import { DEFAULT_SERVICE_NAME } from '../../shared/deployment/metric-names.ts';
import { scalingPolicyFor } from '../../shared/deployment/scaling.ts';
import { addStoreOutputs, TaskStore, type TaskStoreProps } from '../constructs/store/task-store.ts';
import { TaskApi, type TaskApiProps } from '../constructs/task-api.ts';
import { addWorkers, type WorkersProps } from '../constructs/worker/add-workers.ts';
import type { WorkerService } from '../constructs/worker/worker-service.ts';
import { MonitoringStack } from './monitoring-stack.ts';

/**
 * Creates every stack. Options come from the context, as in `cdk deploy -c stage=dev`:
 * - `stage`: prefixes the stacks, so that several deployments fit in one account
 * - `spot=true`: workers on Fargate Spot, except `onDemandBase` of them (1)
 * - `minWorkers` (0; 1 with a queue on PostgreSQL), `maxWorkers` (3): fewest and most workers
 * - `exec=true`: allows commands in the workers
 * - `xray=true`: traces of tasks in X-Ray; `otlpEndpoint`: the collector that gets the workers' instead
 * - `alarmEmail` or `alarmTopic`: recipient of alarms; `maxWaitSeconds=900,background=3600`: how long a
 *   task may wait; `budget`: US dollars a month
 * - `containerInsights=true`: metrics of the workers' processors and memory
 * - `kms=true`: encrypts with the account's own key; `flowLogs=true`: logs the connections of
 *   networks
 *
 * No stack names an account or region: the same templates deploy to any.
 * @throws {ConfigInvalidError} naming everything that is wrong
 */
export function createStacks(app: App, config: TaskQueueConfig) {
  const options = parseDeploymentOptions(app.node.getAllContext(), config);
  const { stage, spot, onDemandBase, minWorkers, maxWorkers, exec, otlpEndpoint, xray } = options;
  const { maxWaitSeconds, alarmEmail, alarmTopic, budget } = options;
  const prefix = stage ? `${stage}-` : '';
  const serviceName = `${prefix}${DEFAULT_SERVICE_NAME}`;
  const policy = scalingPolicyFor({ slots: config.worker.concurrency, minWorkers, maxWorkers });

  const data = new DataStack(app, `${prefix}TaskQueue-Data`, { config });
  const { store } = data;
  const api = new ApiStack(app, `${prefix}TaskQueue-Api`, { store, config, xray });
  const worker = new WorkerStack(app, `${prefix}TaskQueue-Worker`, {
    store,
    serviceName,
    policy,
    spot,
    exec,
    xray,
    containerInsights: options.containerInsights,
    onDemandBase,
    otlpEndpoint,
  });
  const monitoring = new MonitoringStack(app, `${prefix}TaskQueue-Monitoring`, {
    maxWaitSeconds,
    alarmEmail,
    alarmTopic,
    budget,
    monitored: {
      config,
      serviceName,
      minWorkers,
      queues: store.queuesByName,
      taskLog: store.taskLog,
      api: api.api.http,
      stream: api.api.stream,
      functions: api.api.functions,
    },
  });
  if (options.flowLogs) addFlowLogs(app);
  if (options.kms) {
    const key = new DataKey(data, 'DataKey');
    key.encrypt(app);
    for (const user of [...api.api.dataUsers, worker.worker]) key.grantUse(user);
  }
  return { data, api, worker, monitoring };
}

/**
 * Logs every connection of all networks in there, accepted or not. It is billed per GB.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
 */
function addFlowLogs(scope: IConstruct): void {
  for (const vpc of scope.node.findAll()) {
    if (vpc instanceof Vpc) addFlowLog(vpc);
  }
}

function addFlowLog(vpc: Vpc): void {
  const logGroup = new LogGroup(vpc, 'FlowLogs', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
}

export interface DataStackProps extends StackProps, TaskStoreProps {}

/** Resources that survive every deployment: the queues, the task log and the files. */
export class DataStack extends Stack {
  readonly store: TaskStore;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    // "Default" is in no logical id: those of resources that stay must stay, too.
    this.store = new TaskStore(this, 'Default', props);
    addStoreOutputs(this, this.store.resources);
  }
}

export interface WorkerStackProps extends StackProps, WorkersProps {}

/** The workers that run the tasks of all queues. */
export class WorkerStack extends Stack {
  readonly worker: WorkerService;

  constructor(scope: Construct, id: string, props: WorkerStackProps) {
    super(scope, id, props);
    this.worker = addWorkers(this, props);
  }
}

export interface ApiStackProps extends StackProps, TaskApiProps {}

/** The HTTP API, and the consumer that counts its statistics. */
export class ApiStack extends Stack {
  readonly api: TaskApi;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.api = new TaskApi(this, 'Default', props);
    const description =
      props.config.auth.type === 'iam'
        ? 'Sign requests with SigV4'
        : 'Send a JWT as a bearer token';
    new CfnOutput(this, 'ApiUrl', { value: this.api.http.url, description });
  }
}

// SQS asks senders for the right to decrypt, too.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
const USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];
const LOGS = [...USE, 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/**
 * The account's own key for messages, records, files and logs. It is rotated each year, and stays
 * when its stack is deleted, because the data cannot be read without it.
 *
 * Databases keep their first key: CloudFormation replaces a database whose key changes.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
 */
export class DataKey extends Construct {
  readonly #arn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: 'Messages, records, files and logs of the task queue',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { account, partition, region } = Stack.of(this);
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: LOGS,
        // In a key's policy that is the key.
        resources: ['*'],
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
          },
        },
      }),
    );
    this.#arn = key.keyArn;
  }

  /** Encrypts all queues, tables, buckets and log groups in there, so that none is forgotten. */
  encrypt(scope: IConstruct): void {
    Aspects.of(scope).add({ visit: (node) => this.#encryptNode(node) });
  }

  /**
   * Lets a process use the key, through the services only. It also needs permissions for the data.
   */
  grantUse(grantee: IGrantable): void {
    const { region } = Stack.of(this);
    const services = ['dynamodb', 's3', 'sqs'].map((name) => `${name}.${region}.amazonaws.com`);
    Grant.addToPrincipal({
      grantee,
      actions: USE,
      resourceArns: [this.#arn],
      conditions: { StringEquals: { 'kms:ViaService': services } },
    });
  }

  #encryptNode(node: IConstruct): void {
    if (node instanceof CfnLogGroup) node.kmsKeyId = this.#arn;
    if (node instanceof CfnQueue) {
      node.kmsMasterKeyId = this.#arn;
      node.addPropertyDeletionOverride('SqsManagedSseEnabled');
    }
    if (node instanceof CfnBucket) node.bucketEncryption = encryptedBy(this.#arn);
    if (node instanceof CfnGlobalTable) {
      node.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
      node.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', this.#arn);
    }
  }
}

/** One call to KMS for many objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html */
const encryptedBy = (kmsMasterKeyId: string): CfnBucket.BucketEncryptionProperty => ({
  serverSideEncryptionConfiguration: [
    {
      bucketKeyEnabled: true,
      serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId },
    },
  ],
});
