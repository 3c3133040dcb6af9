import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { WeightedQueue } from '../../infra/constructs/weighted-queue.ts';
import { allow, createRole, SYNTH_TIMEOUT_MS, statementsOf, templateOf } from './synthesize.ts';

type Grant = 'grantEnqueue' | 'grantConsume' | 'grantInspect';

function setup(grant?: Grant): Template {
  return templateOf((stack) => {
    const queue = new WeightedQueue(stack, 'Priority', {
      visibilityTimeout: Duration.seconds(60),
    });
    const role = createRole(stack);
    if (grant) queue[grant](role);
  });
}

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [expect.stringMatching(logicalId), 'Arn'] });
const QUEUE = arnOf('^PriorityQueue');
const DEAD_LETTERS = arnOf('^PriorityDeadLetterQueue');

describe('a weighted queue', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('shows a task again when its worker was silent for the visibility timeout', () => {
    setup().hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 60 });
  });

  test('lets a worker wait for a task instead of asking again and again', () => {
    setup().hasResourceProperties('AWS::SQS::Queue', { ReceiveMessageWaitTimeSeconds: 20 });
  });

  test('puts a task aside only when a thousand receives have not settled it', () => {
    setup().hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetterQueue'), 'Arn'] },
        maxReceiveCount: 1000,
      },
    });
  });

  test('keeps tasks and dead letters for 14 days, encrypted', () => {
    setup().resourcePropertiesCountIs(
      'AWS::SQS::Queue',
      { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
      2,
    );
  });

  test('answers nobody who does not use TLS', () => {
    setup().resourcePropertiesCountIs(
      'AWS::SQS::QueuePolicy',
      {
        PolicyDocument: {
          Statement: [
            Match.objectLike({
              Action: 'sqs:*',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              Effect: 'Deny',
              Principal: { AWS: '*' },
            }),
          ],
        },
      },
      2,
    );
  });

  test.each<[string, Grant, unknown[]]>([
    ['a producer send tasks', 'grantEnqueue', [allow('sqs:SendMessage', QUEUE)]],
    [
      'a worker take and settle tasks, and add dead letters',
      'grantConsume',
      [
        allow(
          [
            'sqs:ChangeMessageVisibility',
            'sqs:DeleteMessage',
            'sqs:GetQueueAttributes',
            'sqs:ReceiveMessage',
          ],
          QUEUE,
        ),
        allow('sqs:SendMessage', DEAD_LETTERS),
      ],
    ],
    [
      'a reader count tasks',
      'grantInspect',
      [allow('sqs:GetQueueAttributes', [DEAD_LETTERS, QUEUE])],
    ],
  ])('lets %s, and do nothing else', (_case, grant, expected) => {
    expect(statementsOf(setup(grant), /^Role/)).toEqual(expected);
  });
});
