import {
  type CfnElement,
  Duration,
  RemovalPolicies,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { BucketAddress } from '../../../shared/deployment/resources.ts';
import { RETENTION_DAYS } from '../../../shared/limits.ts';

export interface TaskFilesBucketProps {
  /** How long the record of a task is kept after its end. */
  readonly retention: Duration;
}

/** Prefix of the files that tasks create. */
const FILES = 'files/';
/** Parameters that are too large for a message. */
const PAYLOADS = 'payloads/';

// An attempt lasts up to 12 h, and DynamoDB may delete a record a few days late.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
const RECORDS_LINGER = Duration.days(3);

/**
 * The S3 bucket behind the file store. Only roles with a grant can access it, and callers with a
 * presigned URL of the API. It stays when its stack is deleted.
 */
export class TaskFilesBucket extends Construct {
  /** The address, in the form that processes read from their environment. */
  readonly address: BucketAddress;
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, props: TaskFilesBucketProps) {
    super(scope, id);
    const retentionDays = props.retention.toDays();

    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: 'files-outlive-their-records',
          prefix: FILES,
          expiration: Duration.days(retentionDays + RECORDS_LINGER.toDays()),
        },
        {
          id: 'payloads-outlive-their-messages-and-records',
          prefix: PAYLOADS,
          // A message can stay as long again in the dead-letter queue.
          expiration: Duration.days(Math.max(retentionDays, RETENTION_DAYS) + RETENTION_DAYS + 1),
        },
        {
          id: 'no-parts-of-uploads-that-died',
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    // Also retains its policy, which refuses requests without TLS.
    RemovalPolicies.of(bucket).retain();
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'The access log of the API records who gets a URL for a file; a log of S3 would need a second bucket.',
    });
    this.address = {
      name: bucket.bucketName,
      url: `https://${bucket.bucketRegionalDomainName}`,
    };
    this.#bucket = bucket;
  }

  /** Lets an enqueuer store parameters that are too large for a message, but not read them. */
  grantOffload(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:PutObject'], PAYLOADS);
  }

  /** Lets a worker read the parameters of tasks, and store those of children and files. */
  grantRun(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:PutObject', 's3:AbortMultipartUpload'], FILES);
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject'], PAYLOADS);
    this.#grantToMiss(grantee);
  }

  /** Lets a reader show parameters, and sign URLs for files: a URL can do what its signer may. */
  grantDownload(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:GetObject'], FILES, PAYLOADS);
    this.#grantToMiss(grantee);
  }

  /** Allows deleting the files of archived tasks, and retrying tasks with large parameters. */
  grantManage(grantee: IGrantable): void {
    this.#grant(grantee, ['s3:DeleteObject'], FILES);
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject'], PAYLOADS);
    this.#grantToMiss(grantee);
  }

  /**
   * Without it S3 answers 403 for an object that is not there, as if it were forbidden.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  #grantToMiss(grantee: IGrantable): void {
    const resourceArns = [this.#bucket.bucketArn];
    Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns });
  }

  // Not Bucket.grantRead() and the like: they allow more actions, and all of them in the whole bucket.
  #grant(grantee: IGrantable, actions: string[], ...prefixes: string[]): void {
    const resourceArns = prefixes.map((prefix) => this.#bucket.arnForObjects(`${prefix}*`));
    Grant.addToPrincipal({ grantee, actions, resourceArns });
    const { grantPrincipal } = grantee;
    if (!Construct.isConstruct(grantPrincipal)) return;
    const bucketId = Stack.of(this).getLogicalId(this.#bucket.node.defaultChild as CfnElement);
    for (const prefix of prefixes) {
      Validations.of(grantPrincipal).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${prefix}*]`,
        reason: 'Each task has an object of its own under the prefix.',
      });
    }
  }
}
