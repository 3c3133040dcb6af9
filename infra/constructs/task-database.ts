import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IConnectable, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface TaskDatabaseProps {
  /** Has isolated subnets, in two zones at least. */
  readonly vpc: IVpc;

  /**
   * Most it grows to, in Aurora capacity units of about 2 GiB of memory: 0.5 to 256, in halves.
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
   * @default 8
   */
  readonly maxCapacity?: number;

  /**
   * Time without a connection after which it pauses, and costs its storage only: 5 minutes to a day.
   * Every running worker holds a connection.
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
   * @default 5 minutes
   */
  readonly autoPause?: Duration;
}

/** Whom processes connect as. It has no password: IAM signs a token for each connection. */
export const DATABASE_USER = 'task_queue';
export const DATABASE_NAME = 'task_queue';

// Not the usual one: whoever looks for databases looks there first.
const PORT = 55_432;

/**
 * Aurora PostgreSQL, serverless: it pauses when nobody is connected. It can be reached from its network
 * only, by TLS only, and stays when its stack is deleted.
 */
export class TaskDatabase extends Construct {
  readonly host: string;
  readonly port = PORT;
  /** Of the user that owns the cluster: for migrations only. */
  readonly adminSecret: ISecret;
  readonly #cluster: DatabaseCluster;

  constructor(scope: Construct, id: string, props: TaskDatabaseProps) {
    super(scope, id);
    const { vpc, maxCapacity = 8, autoPause = Duration.minutes(5) } = props;
    this.#cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.VER_17_7,
      }),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      writer: ClusterInstance.serverlessV2('Writer', { enablePerformanceInsights: false }),
      serverlessV2MinCapacity: 0,
      serverlessV2MaxCapacity: maxCapacity,
      serverlessV2AutoPauseDuration: autoPause,
      defaultDatabaseName: DATABASE_NAME,
      port: PORT,
      credentials: Credentials.fromGeneratedSecret('task_queue_admin'),
      iamAuthentication: true,
      storageEncrypted: true,
      parameters: { 'rds.force_ssl': '1' },
      backup: { retention: Duration.days(14) },
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.host = this.#cluster.clusterEndpoint.hostname;
    const { secret } = this.#cluster;
    if (secret === undefined) throw new Error('CDK makes a secret of generated credentials');
    this.adminSecret = secret;
    Validations.of(this.#cluster).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Only deployments use it, for a moment; a rotation would need a function in the network.',
    });
  }

  /** Lets a process connect, as the user that may read and write, and change no table. */
  grantConnect(grantee: IGrantable & IConnectable): void {
    this.#cluster.connections.allowDefaultPortFrom(grantee);
    Grant.addToPrincipal({
      grantee,
      actions: ['rds-db:connect'],
      resourceArns: [
        Stack.of(this).formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          resourceName: `${this.#cluster.clusterResourceIdentifier}/${DATABASE_USER}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    });
  }
}
