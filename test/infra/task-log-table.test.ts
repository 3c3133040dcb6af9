import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { TaskLogTable } from '../../infra/constructs/store/task-log-table.ts';
import { allow, createRole, SYNTH_TIMEOUT_MS, statementsOf, templateOf } from './synthesize.ts';

type Grant = 'grantRecord' | 'grantQuery' | 'grantRun' | 'grantConsumeStream' | 'grantCount';

function setup(grant?: Grant): Template {
  return templateOf((stack) => {
    const table = new TaskLogTable(stack, 'TaskLog');
    const role = createRole(stack);
    if (grant) table[grant](role);
  });
}

const TABLE_ARN = { 'Fn::GetAtt': [expect.stringMatching('^TaskLogTable'), 'Arn'] };
const INDEX_KEYS = { byOwner: 'owner', byParent: 'parentId', byFailure: 'failedIn' };
const INDEX_ARNS = Object.keys(INDEX_KEYS)
  .toSorted()
  .map((name) => ({
    'Fn::Join': ['', [TABLE_ARN, `/index/${name}`]],
  }));

describe('the task log table', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('finds a task by its key, and those of an owner or a parent and failures by indexes of keys', () => {
    setup().hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: Object.entries(INDEX_KEYS).map(([IndexName, key]) => ({
        IndexName,
        KeySchema: [
          { AttributeName: key, KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
      AttributeDefinitions: ['pk', 'sk', ...Object.values(INDEX_KEYS)].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
    });
  });

  test('costs nothing while no task is enqueued', () => {
    setup().hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      // Encrypted by DynamoDB's own key: no calls to KMS.
      SSESpecification: { SSEEnabled: false },
    });
  });

  test('forgets records whose time is up, and reports every change', () => {
    setup().hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  test('survives a mistake: it can be restored and is not deleted with its stack', () => {
    setup().hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Replicas: [
          {
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        ],
      },
    });
  });

  test.each<[string, Grant, unknown[]]>([
    [
      'a producer add records and look for them',
      'grantRecord',
      [allow(['dynamodb:GetItem', 'dynamodb:PutItem'], TABLE_ARN)],
    ],
    [
      'a reader get and list records',
      'grantQuery',
      [
        allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem'], TABLE_ARN),
        allow('dynamodb:Query', [TABLE_ARN, ...INDEX_ARNS]),
      ],
    ],
    [
      'a worker claim and finish tasks, and open and close children',
      'grantRun',
      [
        allow(
          [
            'dynamodb:BatchGetItem',
            'dynamodb:BatchWriteItem',
            'dynamodb:GetItem',
            'dynamodb:PutItem',
            'dynamodb:Query',
            'dynamodb:UpdateItem',
          ],
          TABLE_ARN,
        ),
      ],
    ],
    [
      'a consumer read what changed',
      'grantConsumeStream',
      [
        allow(
          [
            'dynamodb:DescribeStream',
            'dynamodb:GetRecords',
            'dynamodb:GetShardIterator',
            'dynamodb:ListStreams',
          ],
          { 'Fn::GetAtt': [expect.stringMatching('^TaskLogTable'), 'StreamArn'] },
        ),
      ],
    ],
    [
      'a consumer keep counters and checkpoints',
      'grantCount',
      [
        {
          ...allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], TABLE_ARN),
          Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['S#*', 'SC'] } },
        },
      ],
    ],
  ])('lets %s, and do nothing else', (_case, grant, expected) => {
    expect(statementsOf(setup(grant), /^Role/)).toEqual(expected);
  });
});
