import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { TaskLogTable } from '../../infra/constructs/task-log-table.ts';
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
const INDEX_ARN = { 'Fn::Join': ['', [TABLE_ARN, '/index/byOwner']] };

describe('the task log table', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('finds a task by its key, and the tasks of an owner by an index of keys', () => {
    setup().hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [
            { AttributeName: 'owner', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
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
    ['a producer add records', 'grantRecord', [allow('dynamodb:PutItem', TABLE_ARN)]],
    [
      'a reader get and list records',
      'grantQuery',
      [
        allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem'], TABLE_ARN),
        allow('dynamodb:Query', [TABLE_ARN, INDEX_ARN]),
      ],
    ],
    [
      'a worker claim and finish tasks',
      'grantRun',
      [allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], TABLE_ARN)],
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
