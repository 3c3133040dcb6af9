import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TABLE } from '../../shared/config/table.ts';

const stringKey = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * The DynamoDB table behind the task log. It is paid by request, can be restored to any second of
 * the last 35 days, and stays when its stack is deleted.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
 */
export class TaskLogTable extends Construct {
  readonly tableName: string;
  readonly streamArn: string;
  readonly #tableArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { ownerIndex } = TABLE;

    const table = new TableV2(this, 'Table', {
      partitionKey: stringKey(TABLE.partitionKey),
      sortKey: stringKey(TABLE.sortKey),
      globalSecondaryIndexes: [
        {
          indexName: ownerIndex.name,
          partitionKey: stringKey(ownerIndex.partitionKey),
          sortKey: stringKey(TABLE.sortKey),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      billing: Billing.onDemand(),
      // Encrypted by a key that DynamoDB owns: a key in this account would be billed for every call.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: TABLE.timeToLive,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.tableName = table.tableName;
    this.#tableArn = table.tableArn;
    // CDK does not know that it has one.
    this.streamArn = table.tableStreamArn ?? '';
  }

  /** Lets a producer add records. Its writes are conditional, so it needs to read nothing. */
  grantRecord(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:PutItem'], this.#tableArn);
  }

  /** Lets a reader get and list records, without scanning. */
  grantQuery(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:GetItem', 'dynamodb:BatchGetItem'], this.#tableArn);
    const index = `${this.#tableArn}/index/${TABLE.ownerIndex.name}`;
    this.#grant(grantee, ['dynamodb:Query'], this.#tableArn, index);
  }

  /** Lets a worker claim and finish tasks. It lists and deletes nothing. */
  grantRun(grantee: IGrantable): void {
    this.#grant(
      grantee,
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      this.#tableArn,
    );
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
