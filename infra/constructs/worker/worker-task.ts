import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetStaging, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { defined } from '../../../shared/defined.ts';
import { SERVICE_NAME_VARIABLE } from '../../../shared/deployment/metric-names.ts';
import { RESOURCES_VARIABLE, type Resources } from '../../../shared/deployment/resources.ts';
import { STOP_TIMEOUT_SECONDS } from '../../../shared/limits.ts';
import { REPOSITORY_ROOT } from '../../repository-root.ts';
import {
  bundledBy,
  bundleProgram,
  configFileOf,
  IN_CHUNKS,
  type Replacements,
  replacementsFor,
  type SqlCondition,
} from '../bundling.ts';

export interface WorkerTaskProps {
  /** Addresses of its queues and its table. */
  readonly resources: Resources;

  /** Distinguishes the metrics of this deployment from those of others in the account. */
  readonly serviceName: string;

  /**
   * Address of an OpenTelemetry collector that receives traces, as OTLP over HTTP.
   * @default nowhere
   */
  readonly otlpEndpoint?: string;

  /**
   * Traces are sent to X-Ray, where Transaction Search must be on. Instead of `otlpEndpoint`.
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
   * @default false
   */
  readonly xray?: boolean;

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

  /**
   * Lets people run commands in a worker, to send it signals for example. Its root file system is
   * then writable, because ECS Exec requires it. The commands run as root.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
   * @default false
   */
  readonly exec?: boolean;

  /**
   * Runs the worker by itself, as the user `node`, for 64-bit ARM.
   * @default made of our code and the handlers
   */
  readonly image?: ContainerImage;
}

/** The worker renews this file every two seconds. */
const HEARTBEAT_FILE = '/tmp/worker-heartbeat';
const IS_YOUNGER_THAN_A_MINUTE = `process.exit(Date.now() - require('fs').statSync('${HEARTBEAT_FILE}').mtimeMs < 60000 ? 0 : 1)`;

/** Creates the task definition of a worker, and its log group. */
export function createWorkerTask(scope: Construct, props: WorkerTaskProps): FargateTaskDefinition {
  const {
    resources,
    serviceName,
    cpu = 256,
    memoryLimitMiB = 512,
    exec = false,
    otlpEndpoint,
    xray = false,
  } = props;
  const image = props.image ?? workerImage(scope, resources.databases ? 'with-sql' : 'without-sql');
  const taskDefinition = new FargateTaskDefinition(scope, 'Task', {
    cpu,
    memoryLimitMiB,
    runtimePlatform: {
      cpuArchitecture: CpuArchitecture.ARM64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    },
  });
  const container = taskDefinition.addContainer('Worker', {
    image,
    environment: defined({
      [RESOURCES_VARIABLE]: Stack.of(scope).toJsonString(resources),
      HEARTBEAT_FILE,
      [SERVICE_NAME_VARIABLE]: serviceName,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: xray ? xrayEndpoint(scope) : undefined,
    }),
    // A worker whose event loop hangs is replaced; its tasks return when their leases end.
    healthCheck: {
      command: ['CMD', 'node', '-e', IS_YOUNGER_THAN_A_MINUTE],
      interval: Duration.seconds(30),
      // A quarter of a processor is slow to start Node while tasks use it.
      timeout: Duration.seconds(15),
      retries: 3,
      startPeriod: Duration.seconds(30),
    },
    user: 'node',
    readonlyRootFilesystem: !exec,
    // Reaps the processes that task handlers spawn, and forwards SIGTERM to node.
    linuxParameters: new LinuxParameters(scope, 'Linux', { initProcessEnabled: true }),
    // From SIGTERM to SIGKILL: the most Fargate allows, the default is 30 s.
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    stopTimeout: Duration.seconds(STOP_TIMEOUT_SECONDS),
    logging: LogDrivers.awsLogs({
      streamPrefix: 'worker',
      logGroup: new LogGroup(scope, 'Logs', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    }),
  });
  // The only path that task handlers may write to; the image declares it as a volume of its user.
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
  taskDefinition.addVolume({ name: 'tmp' });
  container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
  Validations.of(taskDefinition).acknowledge({
    id: 'AwsSolutions-ECS2',
    reason: 'The variables hold addresses, a path and a name, no secret.',
  });
  // Not for the whole task definition: the role of the worker itself stays checked.
  Validations.of(taskDefinition.obtainExecutionRole()).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'ecr:GetAuthorizationToken, to pull the image, cannot be limited to a resource.',
  });
  return taskDefinition;
}

const xrayEndpoint = (scope: Construct): string => {
  const { region, urlSuffix } = Stack.of(scope);
  return `https://xray.${region}.${urlSuffix}/v1/traces`;
};

/** The image of the worker. Nothing is built before it is deployed. */
function workerImage(scope: Construct, sql: SqlCondition): ContainerImage {
  const files = replacementsFor(scope);
  if (files) return bundledImage(scope, sql, files);
  // .dockerignore lists what the image is made of, so that nothing else changes its hash.
  return ContainerImage.fromAsset(REPOSITORY_ROOT, {
    file: 'functions/worker/Dockerfile',
    buildArgs: {
      CONFIG_JSON: readFileSync(join(REPOSITORY_ROOT, configFileOf(scope)), 'utf8'),
      SQL: sql,
    },
    platform: Platform.LINUX_ARM64,
  });
}

const DOCKERFILE = 'bundled.Dockerfile';

/** The image of a project with its own tasks. Dependencies are installed here, not in the image. */
function bundledImage(scope: Construct, sql: SqlCondition, files: Replacements): ContainerImage {
  const folder = join(REPOSITORY_ROOT, 'functions/worker');
  const program = { entry: 'functions/worker/main.ts', sql, files };
  const { absoluteStagedPath } = new AssetStaging(scope, 'Program', {
    sourcePath: folder,
    ...bundledBy((outputDir) => {
      bundleProgram(program, { ...IN_CHUNKS, outdir: outputDir });
      copyFileSync(join(folder, DOCKERFILE), join(outputDir, DOCKERFILE));
    }, program),
  });
  return ContainerImage.fromAsset(absoluteStagedPath, {
    file: DOCKERFILE,
    buildArgs: { SQL: sql },
    platform: Platform.LINUX_ARM64,
  });
}
