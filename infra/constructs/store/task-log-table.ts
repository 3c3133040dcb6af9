import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import {
  AnyPrincipal,
  Effect,
  Grant,
  type IGrantable,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TABLE, TABLE_INDEXES } from '../../../shared/deployment/table.ts';

const stringKey = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * Clients use TLS by default; this requires it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const byTlsOnly = (): PolicyDocument =>
  new PolicyDocument({
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['dynamodb:*'],
        // The table: it cannot name itself.
        resources: ['*'],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ],
  });

const DECIDE = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
const CHILDREN = ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:Query'];

/**
 * The DynamoDB table behind the task log. It is billed per request, can be restored to any second
 * of the last 35 days, and stays when its stack is deleted.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
 */
export class TaskLogTable extends Construct {
  readonly tableName: string;
  readonly streamArn: string;
  readonly #tableArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const table = new TableV2(this, 'Table', {
      partitionKey: stringKey(TABLE.partitionKey),
      sortKey: stringKey(TABLE.sortKey),
      globalSecondaryIndexes: TABLE_INDEXES.map(({ name, partitionKey }) => ({
        indexName: name,
        partitionKey: stringKey(partitionKey),
        sortKey: stringKey(TABLE.sortKey),
        projectionType: ProjectionType.KEYS_ONLY,
      })),
      billing: Billing.onDemand(),
      // Encrypted by a key that DynamoDB owns: a key in this account would be billed for every call.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: TABLE.timeToLive,
      resourcePolicy: byTlsOnly(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.tableName = table.tableName;
    this.#tableArn = table.tableArn;
    // CDK does not know that it has one.
    this.streamArn = table.tableStreamArn ?? '';
  }

  /** Requests that DynamoDB refused because there were too many, of the table and of its indexes. */
  metricsThrottled(): IMetric[] {
    const table = { TableName: this.tableName };
    const indexes = TABLE_INDEXES.map(({ name }) => ({
      ...table,
      GlobalSecondaryIndexName: name,
    }));
    return [table, ...indexes].flatMap((dimensionsMap) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map(
        (metricName) =>
          new Metric({
            namespace: 'AWS/DynamoDB',
            metricName,
            dimensionsMap,
            statistic: 'Sum',
            period: Duration.minutes(1),
          }),
      ),
    );
  }

  /** Lets a producer add records, and look for those of a request that is repeated. */
  grantRecord(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem'], this.#tableArn);
  }

  /** Lets a reader get and list records, without scanning. */
  grantQuery(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:GetItem', 'dynamodb:BatchGetItem'], this.#tableArn);
    const indexArns = TABLE_INDEXES.map(({ name }) => `${this.#tableArn}/index/${name}`);
    this.#grant(grantee, ['dynamodb:Query'], this.#tableArn, ...indexArns);
  }

  /** Lets a worker claim and finish tasks, and open and close children. It lists no tasks. */
  grantRun(grantee: IGrantable): void {
    this.#grant(grantee, [...DECIDE, ...CHILDREN], this.#tableArn);
  }

  /** Lets people archive, cancel and retry what they can find. */
  grantManage(grantee: IGrantable): void {
    this.grantQuery(grantee);
    this.#grant(grantee, [...DECIDE, 'dynamodb:BatchWriteItem'], this.#tableArn);
  }

  /** Lets a consumer read what changed. */
  grantConsumeStream(grantee: IGrantable): void {
    const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    this.#grant(
      grantee,
      actions.map((action) => `dynamodb:${action}`),
      this.streamArn,
    );
  }

  /** Lets a consumer keep counters and its checkpoints, and touch no task. */
  grantCount(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resourceArns: [this.#tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['S#*', 'SC'] } },
    });
  }

  // Not TableV2.grant(): that always adds every index, by a wildcard.
  #grant(grantee: IGrantable, actions: string[], ...resourceArns: string[]): void {
    Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
