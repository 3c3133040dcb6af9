import { Aspects, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';

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
