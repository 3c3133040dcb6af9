import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RESOURCES_VARIABLE, type Resources } from '../../shared/config/resources.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { configFileOf } from './bundling.ts';
import type { DatabaseNetwork } from './database-network.ts';
import { WorkerNetwork } from './worker-network.ts';

export interface WorkerServiceProps {
  /** Where its queues and its table are. */
  readonly resources: Resources;

  /**
   * Where the databases are that it talks to.
   * @default a network of its own, and no code for PostgreSQL
   */
  readonly network?: DatabaseNetwork | undefined;

  /**
   * Fargate Spot: about 70 % cheaper, and any worker may be stopped with two minutes' notice.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
   * @default false
   */
  readonly spot?: boolean;

  /**
   * In units of 1/1024 vCPU, 256 to 16,384.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
   * @default 256
   */
  readonly cpu?: number;

  /**
   * In MiB. Which values are allowed depends on `cpu`; for 256: 512, 1024, 2048.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
   * @default 512
   */
  readonly memoryLimitMiB?: number;
}

/** The worker renews it every two seconds. */
const HEARTBEAT_FILE = '/tmp/worker-heartbeat';
const IS_YOUNGER_THAN_A_MINUTE = `process.exit(Date.now() - require('fs').statSync('${HEARTBEAT_FILE}').mtimeMs < 60000 ? 0 : 1)`;

/** The worker: a Fargate service that nothing can connect to. Grants decide what it may do. */
export class WorkerService extends Construct implements IGrantable {
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: WorkerServiceProps) {
    super(scope, id);
    const { network } = props;
    const taskDefinition = this.#createTaskDefinition(props);
    this.grantPrincipal = taskDefinition.taskRole;

    const cluster = new Cluster(this, 'Cluster', {
      vpc: (network ?? new WorkerNetwork(this, 'Network')).vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
      enableFargateCapacityProviders: true,
    });
    // By itself FargateService makes a security group without ingress rules.
    new FargateService(this, 'Service', {
      // CDK is not compiled with exactOptionalPropertyTypes.
      cluster: cluster as ICluster,
      taskDefinition,
      desiredCount: 1,
      // The way out to SQS in a network without a NAT gateway.
      assignPublicIp: true,
      ...(network && { securityGroups: [network.clients] }),
      capacityProviderStrategies: [
        { capacityProvider: props.spot ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 },
      ],
      // The new worker runs before the old one is told to stop.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
    });
  }

  #createTaskDefinition(props: WorkerServiceProps): FargateTaskDefinition {
    const { resources, network, cpu = 256, memoryLimitMiB = 512 } = props;
    const taskDefinition = new FargateTaskDefinition(this, 'Task', {
      cpu,
      memoryLimitMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    const container = taskDefinition.addContainer('Worker', {
      // .dockerignore lists what the image is made of, so that nothing else changes its hash.
      image: ContainerImage.fromAsset(REPOSITORY_ROOT, {
        file: 'functions/worker/Dockerfile',
        buildArgs: {
          CONFIG_JSON: readFileSync(join(REPOSITORY_ROOT, configFileOf(this)), 'utf8'),
          SQL: network ? 'with-sql' : 'without-sql',
        },
        platform: Platform.LINUX_ARM64,
      }),
      environment: {
        [RESOURCES_VARIABLE]: Stack.of(this).toJsonString(resources),
        HEARTBEAT_FILE,
      },
      // A worker whose event loop hangs is replaced; its tasks return when their leases end.
      healthCheck: {
        command: ['CMD', 'node', '-e', IS_YOUNGER_THAN_A_MINUTE],
        interval: Duration.seconds(30),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      user: 'node',
      readonlyRootFilesystem: true,
      // Reaps what task handlers spawn, and hands SIGTERM on to node.
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      // From SIGTERM to SIGKILL: the most Fargate allows, the default is 30 s.
      // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
      stopTimeout: Duration.seconds(120),
      logging: LogDrivers.awsLogs({
        streamPrefix: 'worker',
        logGroup: new LogGroup(this, 'Logs', {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      }),
    });
    // The one place task handlers may write to; the image declares it as a volume of its user.
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    taskDefinition.addVolume({ name: 'tmp' });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
    Validations.of(taskDefinition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables hold addresses and a path, no secret.',
    });
    // Not on the whole task definition: the role the worker itself runs with stays checked.
    Validations.of(taskDefinition.obtainExecutionRole()).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken, to pull the image, cannot be limited to a resource.',
    });
    return taskDefinition;
  }
}
