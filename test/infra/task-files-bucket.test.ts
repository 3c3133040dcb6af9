import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { TaskFilesBucket } from '../../infra/constructs/store/task-store.ts';
import { allow, createRole, SYNTH_TIMEOUT_MS, statementsOf, templateOf } from './synthesize.ts';

type Grant = 'grantOffload' | 'grantRun' | 'grantDownload' | 'grantManage';

function setup(grant?: Grant, retentionDays = 30): Template {
  return templateOf((stack) => {
    const retention = Duration.days(retentionDays);
    const bucket = new TaskFilesBucket(stack, 'Files', { retention });
    const role = createRole(stack);
    if (grant) bucket[grant](role);
  });
}

const BUCKET_ARN = { 'Fn::GetAtt': [expect.stringMatching('^FilesBucket'), 'Arn'] };
const under = (prefix: string) => ({ 'Fn::Join': ['', [BUCKET_ARN, `/${prefix}/*`]] });

describe('the bucket of the file store', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('is private, encrypted, and reached by TLS alone', () => {
    const template = setup();

    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ],
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });

  test('stays when its stack is deleted', () => {
    setup().hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
  });

  test.each([
    [30, 33, 45],
    [1, 4, 29],
    [3650, 3653, 3665],
  ])(
    'with records kept %i days keeps files for %i days, parameters for %i, dead uploads for one',
    (retentionDays, files, payloads) => {
      setup(undefined, retentionDays).hasResourceProperties('AWS::S3::Bucket', {
        LifecycleConfiguration: {
          Rules: [
            Match.objectLike({ Prefix: 'files/', ExpirationInDays: files, Status: 'Enabled' }),
            Match.objectLike({
              Prefix: 'payloads/',
              ExpirationInDays: payloads,
              Status: 'Enabled',
            }),
            Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
          ],
        },
      });
    },
  );

  test.each<[Grant, string, unknown[]]>([
    [
      'grantOffload',
      'put parameters aside, not read them',
      [allow('s3:PutObject', under('payloads'))],
    ],
    [
      'grantRun',
      'store files, read parameters and put aside those of children',
      [
        allow(['s3:AbortMultipartUpload', 's3:PutObject'], under('files')),
        allow(['s3:GetObject', 's3:PutObject'], under('payloads')),
        allow('s3:ListBucket', BUCKET_ARN),
      ],
    ],
    [
      'grantDownload',
      'read both, and change nothing',
      [
        allow('s3:GetObject', [under('files'), under('payloads')]),
        allow('s3:ListBucket', BUCKET_ARN),
      ],
    ],
    [
      'grantManage',
      'delete files, and send parameters once more',
      [
        allow('s3:DeleteObject', under('files')),
        allow(['s3:GetObject', 's3:PutObject'], under('payloads')),
        allow('s3:ListBucket', BUCKET_ARN),
      ],
    ],
  ])('by %s allows to %s', (grant, _can, expected) => {
    expect(statementsOf(setup(grant), /^Role/)).toEqual(expected);
  });
});
