import {
  ArnFormat,
  Duration,
  RemovalPolicies,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
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
import type { DatabaseAddress } from '../../../shared/deployment/resources.ts';
import type { DatabaseNetwork } from './database-network.ts';

export interface TaskDatabaseProps {
  /** Its network, whose clients may connect. */
  readonly network: DatabaseNetwork;

  /**
   * Maximum capacity, in Aurora capacity units of about 2 GiB of memory: 0.5 to 256, in halves.
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
   * @default 8
   */
  readonly maxCapacity?: number;

  /**
   * Time without a connection after which it pauses and costs only its storage: 5 minutes to a day.
   * Every running worker holds a connection.
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
   * @default 5 minutes
   */
  readonly autoPause?: Duration;
}

const DATABASE_NAME = 'task_queue';
/** User of the processes. It has no password: IAM signs a token for each connection. */
const DATABASE_USER = 'task_queue';

// Not the usual port, which scanners try first.
const PORT = 55_432;

/**
 * Aurora PostgreSQL, serverless: it pauses while it has no connections. It accepts only TLS
 * connections from its network, and stays when its stack is deleted.
 */
export class TaskDatabase extends Construct {
  /** The address, in the form that processes read from their environment. */
  readonly address: DatabaseAddress;
  /** Password of the user that owns the schema, for migrations only. */
  readonly adminSecret: ISecret;
  readonly #cluster: DatabaseCluster;

  constructor(scope: Construct, id: string, props: TaskDatabaseProps) {
    super(scope, id);
    const { network, maxCapacity = 8, autoPause = Duration.minutes(5) } = props;
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.VER_17_7,
      }),
      vpc: network.vpc,
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
    cluster.connections.allowDefaultPortFrom(network.clients);
    // Resources that the cluster needs, such as its password, are retained with it.
    RemovalPolicies.of(cluster).retain();
    const { secret } = cluster;
    if (secret === undefined) throw new Error('CDK makes a secret of generated credentials');
    this.adminSecret = secret;
    this.address = {
      url: `postgres://${DATABASE_USER}@${cluster.clusterEndpoint.hostname}:${PORT}/${DATABASE_NAME}?sslmode=verify-full`,
      iam: true,
      pauses: true,
    };
    this.#cluster = cluster;
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Only deployments use it, for a moment; a rotation would need a function in the network.',
    });
  }

  /** Lets one of the network's clients connect, as the user that reads and writes, and changes no table. */
  grantConnect(grantee: IGrantable): void {
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
