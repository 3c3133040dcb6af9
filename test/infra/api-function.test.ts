import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ApiFunction } from '../../infra/constructs/api-function.ts';
import { allow, SYNTH_TIMEOUT_MS, statementsOf, templateOf } from './synthesize.ts';

const RESOURCES = { table: 'tasks', queues: {} };

function setup(): Template {
  return templateOf((stack) => {
    new ApiFunction(stack, 'Enqueue', {
      entry: 'functions/api/lambdas/enqueue.ts',
      resources: RESOURCES,
    });
  });
}

describe('a function of the API', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('runs on the Node.js and the processor that the tests and the prices are for', () => {
    setup().hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      Runtime: 'nodejs24.x',
      Timeout: 10,
    });
  });

  test('gets its queues and its table, and nothing else', () => {
    const [lambda] = Object.values(setup().findResources('AWS::Lambda::Function'));

    expect(lambda?.['Properties'].Environment.Variables).toEqual({
      TASK_QUEUE_RESOURCES: JSON.stringify(RESOURCES),
    });
  });

  test('may write its own log and nothing else before it is granted more', () => {
    const template = setup();

    const ownLog = { 'Fn::GetAtt': [expect.stringMatching('^EnqueueLogs'), 'Arn'] };
    expect(statementsOf(template, /^EnqueueRole/)).toEqual([
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], ownLog),
    ]);
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  test('forgets its log after a month', () => {
    setup().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });
});
