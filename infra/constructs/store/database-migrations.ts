import { CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { ApiFunction } from '../api-function.ts';
import type { DatabaseNetwork } from './database-network.ts';
import type { TaskDatabase } from './task-database.ts';

export interface DatabaseMigrationsProps {
  readonly database: TaskDatabase;
  readonly network: DatabaseNetwork;
}

// Enough for ten tries of 4 s to lock a table, for every migration.
const MIGRATE_TIMEOUT = Duration.minutes(10);

/**
 * Migrates a database to the schema of the deployed code. Stacks that depend on this one get their
 * code after that.
 *
 * One function reaches Secrets Manager, the other the database. The first passes the admin's
 * password to the second, so neither needs a NAT gateway or an endpoint.
 */
export class DatabaseMigrations extends Construct {
  constructor(scope: Construct, id: string, { database, network }: DatabaseMigrationsProps) {
    super(scope, id);
    const migrate = new ApiFunction(this, 'Migrate', {
      entry: 'functions/migrate/migrate.ts',
      network,
      environment: { DATABASE_URL: database.address.url },
      timeout: MIGRATE_TIMEOUT,
    });
    const start = new ApiFunction(this, 'Start', {
      entry: 'functions/migrate/start.ts',
      environment: {
        ADMIN_SECRET: database.adminSecret.secretArn,
        MIGRATE_FUNCTION: migrate.function.functionName,
      },
      memorySize: 256,
      timeout: MIGRATE_TIMEOUT.plus(Duration.minutes(1)),
    });
    const allow = (action: string, arn: string) =>
      Grant.addToPrincipal({ grantee: start, actions: [action], resourceArns: [arn] });
    allow('secretsmanager:GetSecretValue', database.adminSecret.secretArn);
    allow('lambda:InvokeFunction', migrate.function.functionArn);

    const resource = new CustomResource(this, 'Schema', {
      serviceToken: this.#createProvider(start).serviceToken,
      resourceType: 'Custom::DatabaseSchema',
      // Code with other migrations is other code. To find the schema as it should be does no harm.
      properties: { code: codeOf(migrate) },
      serviceTimeout: Duration.minutes(20),
    });
    resource.node.addDependency(database, network, migrate, start);
  }

  /** Creates the provider, which answers CloudFormation even if the function fails. */
  #createProvider(start: ApiFunction): Provider {
    const logGroup = new LogGroup(this, 'ProviderLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'ProviderRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    const startId = Stack.of(this).getLogicalId(start.function.node.defaultChild as CfnFunction);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${startId}.Arn>:*]`,
      reason: 'All versions of the one function that it invokes.',
    });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: start.function,
      frameworkOnEventRole: role,
      logGroup,
    });
    const reason = "The function is CDK's own: it waits, and tells CloudFormation what failed.";
    Validations.of(provider).acknowledge(
      { id: 'Serverless-LambdaDLQ', reason },
      { id: 'Serverless-LambdaTracing', reason },
      { id: 'Serverless-LambdaDefaultMemorySize', reason },
    );
    return provider;
  }
}

/** Changes with the code, and with nothing else. */
function codeOf({ function: { node } }: ApiFunction): unknown {
  const { defaultChild } = node;
  if (!CfnFunction.isCfnFunction(defaultChild)) throw new Error('a function is a CfnFunction');
  const { code } = defaultChild;
  return 's3Key' in code ? code.s3Key : code;
}
