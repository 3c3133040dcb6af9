import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  LogLevel,
  NodejsFunction,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RESOURCES_VARIABLE, type Resources } from '../../shared/config/resources.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

export interface ApiFunctionProps {
  /** The file that exports `handler`, from the root of the repository. */
  readonly entry: string;

  /** Where its queues and its table are. */
  readonly resources: Resources;

  /**
   * In MiB, 128 to 10,240. Lambda gives CPU in proportion, which is what a cold start needs.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * At most 29 s: an HTTP API waits no longer for its integration.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
   * @default 10 seconds
   */
  readonly timeout?: Duration;
}

/**
 * Ways to credentials that a function never goes: its own are in its environment. The SDK imports them
 * when it has found none there; they are a fifth of a bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** How entry points become one file. functions/worker/Dockerfile repeats it for the worker. */
export const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  minify: true,
  logLevel: LogLevel.WARNING,
  mainFields: ['module', 'main'],
  // A bundled SDK loads faster than the one in the runtime, and is the version the tests ran with.
  externalModules: OTHER_CREDENTIALS,
  // CommonJS packages in an ES module still call require for Node's own modules.
  banner:
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
} satisfies BundlingOptions;

/** A Lambda function that answers routes of the HTTP API. Grants decide what else it may do. */
export class ApiFunction extends Construct implements IGrantable {
  readonly function: IFunction;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    const { entry, resources, memorySize = 512, timeout = Duration.seconds(10) } = props;

    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own, because the default one may write to every log group of the account.
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);

    this.grantPrincipal = role;
    this.function = new NodejsFunction(this, 'Function', {
      entry: join(REPOSITORY_ROOT, entry),
      depsLockFilePath: join(REPOSITORY_ROOT, 'package-lock.json'),
      bundling: BUNDLING,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      timeout,
      role,
      logGroup,
      environment: { [RESOURCES_VARIABLE]: Stack.of(this).toJsonString(resources) },
    });
  }
}
