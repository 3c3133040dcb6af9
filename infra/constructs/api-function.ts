import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type IFunction,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { defined } from '../../shared/defined.ts';
import { RESOURCES_VARIABLE, type Resources } from '../../shared/deployment/resources.ts';
import { functionCode } from './bundling.ts';
import type { DatabaseNetwork } from './store/database-network.ts';

export interface ApiFunctionProps {
  /** The file that exports `handler`, from the root of the repository. */
  readonly entry: string;

  /**
   * Addresses of its queues and its table.
   * @default it needs none
   */
  readonly resources?: Resources | undefined;

  /**
   * The network of its databases. It reaches nothing outside of this network.
   * @default no network of ours, and no code for PostgreSQL
   */
  readonly network?: DatabaseNetwork | undefined;

  /** More variables for its environment. */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * X-Ray records its requests.
   * @default false
   */
  readonly xray?: boolean;

  /**
   * In MiB, 128 to 10,240. Lambda gives CPU in proportion, which is what a cold start needs.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * At most 29 s for routes: an HTTP API waits no longer for its integration. Otherwise 15 min.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
   * @default 10 seconds
   */
  readonly timeout?: Duration;
}

/** Amazon's certificate authorities, including those of RDS. Node.js does not use the file by default. */
const AMAZON_CA_FILE = '/var/runtime/ca-cert.pem';

/** A Lambda function, such as those behind the HTTP API's routes. Grants decide what it may do. */
export class ApiFunction extends Construct implements IGrantable {
  readonly function: IFunction;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    const { entry, network, memorySize = 512, timeout = Duration.seconds(10), xray } = props;

    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own, because the default one may write to every log group of the account.
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);

    if (network) allowNetworkInterfaces(role);
    if (xray) acknowledgeTracing(role);

    this.grantPrincipal = role;
    this.function = new LambdaFunction(this, 'Function', {
      code: functionCode(this, entry, network ? 'with-sql' : 'without-sql'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      timeout,
      role,
      logGroup,
      tracing: xray ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: this.#environmentOf(props),
      vpc: network?.vpc,
      vpcSubnets: network && { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: network && [network.clients],
    });
    Validations.of(this).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason: 'Nobody invokes it asynchronously: the caller gets the error.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason: 'Tasks are traced by OpenTelemetry, opt-in, from the request to the stored end.',
      },
    );
  }

  #environmentOf({
    resources,
    network,
    environment,
    xray,
  }: ApiFunctionProps): Record<string, string> {
    return defined({
      [RESOURCES_VARIABLE]: resources && Stack.of(this).toJsonString(resources),
      // https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
      NODE_EXTRA_CA_CERTS: network && AMAZON_CA_FILE,
      OTEL_PROPAGATORS: xray ? 'xray-lambda' : undefined,
      ...environment,
    });
  }
}

/** CDK lets a function with `Tracing.ACTIVE` write its traces. */
const acknowledgeTracing = (role: Role): void =>
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray knows no resource that traces could be limited to.',
  });

/**
 * Lets Lambda attach the function to a network, with the permissions of the function's role. Its code
 * gets none of them: calls from there name the function that they come from.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
function allowNetworkInterfaces(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'true' } },
    }),
  );
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Lambda needs to describe all interfaces, and makes those it deletes.',
  });
}
