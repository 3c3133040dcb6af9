import type { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { NagChecks } from '../../infra/nag-checks.ts';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { resourcesFrom } from '../../shared/deployment/resources.ts';
import { MAX_WAIT_SECONDS } from '../../shared/limits.ts';
import { actionsOf, createApp, maskAssetHashes, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const SETTINGS = {
  queues: [
    { name: 'priority', weight: 90, broker: { type: 'sqs' } },
    // Also the id of the table, which must not collide.
    { name: 'TaskLog', weight: 10, broker: { type: 'sqs' } },
  ],
  worker: { visibilityTimeoutSeconds: 45, pollWaitSeconds: 5 },
};
const CONFIG = parseConfig(SETTINGS, 'stacks.test.ts');

function setup(context?: Record<string, unknown>) {
  const app = createApp(context);
  return { app, ...createStacks(app, CONFIG) };
}

/** The stacks without options, for all tests that only read their templates. */
const STACKS = setup();

const violationsOf = (app: App) =>
  new NagChecks(app)
    .validateScope(app)
    .violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources]);

describe('the stacks', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('satisfy the AwsSolutions rules', () => {
    expect(violationsOf(setup().app)).toEqual([]);
  });

  test('satisfy them as they are deployed, with one stack referring to another', () => {
    const { app } = setup();
    app.synth();

    expect(violationsOf(app)).toEqual([]);
  });

  test('satisfy them with tokens, and with pages of other origins', () => {
    const auth = { type: 'jwt', issuer: 'https://id.example.com', audience: ['task-queue'] };
    const api = { cors: { allowOrigins: ['https://app.example.com'] } };
    const app = createApp();

    createStacks(app, parseConfig({ ...SETTINGS, auth, api }, 'stacks.test.ts'));

    expect(violationsOf(app)).toEqual([]);
  });

  test('satisfy them with every option', () => {
    const { app } = setup({ stage: 'dev', spot: 'true', exec: 'true', minWorkers: '1' });

    expect(violationsOf(app)).toEqual([]);
  });

  test('would be refused with a queue whose messages anybody may read in transit', () => {
    const { app, data } = setup();

    new Queue(data, 'Careless', { enforceSSL: false });

    expect(violationsOf(app).map(([rule]) => rule)).toContain('AwsSolutions-SQS4');
  });

  test('make a queue of every queue of the configuration, with its timeouts', () => {
    Template.fromStack(STACKS.data).resourcePropertiesCountIs(
      'AWS::SQS::Queue',
      { VisibilityTimeout: 45, ReceiveMessageWaitTimeSeconds: 5 },
      CONFIG.queues.length,
    );
  });

  const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

  test('let the enqueue function send, record and look for tasks, not list or delete them', () => {
    expect(actionsOf(Template.fromStack(STACKS.api), /^Enqueue/)).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      ...LOG,
      's3:PutObject',
      'sqs:SendMessage',
    ]);
  });

  test('let the query function read records and count messages, not change anything', () => {
    expect(actionsOf(Template.fromStack(STACKS.api), /^Query/)).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      ...LOG,
      's3:GetObject',
      's3:ListBucket',
      'sqs:GetQueueAttributes',
    ]);
  });

  test('let the consumer of the stream count and put aside, not touch a task or emit events', () => {
    expect(actionsOf(Template.fromStack(STACKS.api), /^TableStream/)).toEqual([
      'dynamodb:DescribeStream',
      'dynamodb:GetItem',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'dynamodb:UpdateItem',
      ...LOG,
      'sqs:SendMessage',
    ]);
  });

  test('let it emit events when the configuration names a bus', () => {
    const { api } = createStacks(createApp(), { ...CONFIG, events: { bus: 'tasks' } });

    expect(actionsOf(Template.fromStack(api), /^TableStream/)).toContain('events:PutEvents');
  });

  test('let the manage function decide over records, and send what is retried', () => {
    expect(actionsOf(Template.fromStack(STACKS.api), /^Manage/)).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      ...LOG,
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'sqs:SendMessage',
    ]);
  });

  test('let the worker settle and record tasks, and children of theirs, not search the log', () => {
    expect(actionsOf(Template.fromStack(STACKS.worker), /TaskRole/)).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'ecs:DescribeServices',
      'ecs:DescribeTasks',
      'ecs:ListTasks',
      'ecs:UpdateTaskProtection',
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ]);
  });

  test('tell every process the addresses it needs, in the form it reads', () => {
    const { api, worker } = STACKS;

    const variables = [api, worker].flatMap(resourceVariablesOf);

    expect(variables).toHaveLength(5);
    for (const TASK_QUEUE_RESOURCES of variables) {
      const { queues, bucket } = resourcesFrom({ TASK_QUEUE_RESOURCES }, CONFIG);
      expect(Object.keys(queues)).toEqual(['priority', 'TaskLog']);
      expect(bucket).toBeDefined();
    }
  });

  test('do not hold on to a queue that leaves the configuration', () => {
    const { Outputs } = Template.fromStack(STACKS.data).toJSON();

    // CloudFormation refuses to delete an output that another stack imports by its export name.
    expect(JSON.stringify(Outputs)).not.toContain('Export');
  });

  test('let a caller wait for as long as may be asked, within the 30 s of API Gateway', () => {
    const functions = Template.fromStack(STACKS.api).findResources('AWS::Lambda::Function');

    const timeouts = Object.entries(functions)
      .filter(([id]) => id.startsWith('Query'))
      .map(([, { Properties }]) => Properties['Timeout']);
    expect(timeouts).toEqual([29]);
    expect(MAX_WAIT_SECONDS).toBeLessThan(29);
  });

  test('print the URL of the API', () => {
    Template.fromStack(STACKS.api).hasOutput('ApiUrl', { Value: Match.anyValue() });
  });

  test('fit several times in one account, told apart by the stage', () => {
    const { data, api, worker, monitoring } = setup({ stage: 'dev' });

    expect([data, api, worker, monitoring].map(({ stackName }) => stackName)).toEqual([
      'dev-TaskQueue-Data',
      'dev-TaskQueue-Api',
      'dev-TaskQueue-Worker',
      'dev-TaskQueue-Monitoring',
    ]);
  });

  test('run the worker on Spot when asked to', () => {
    Template.fromStack(setup({ spot: 'true' }).worker).hasResourceProperties('AWS::ECS::Service', {
      CapacityProviderStrategy: [
        { CapacityProvider: 'FARGATE', Base: 1, Weight: 0 },
        { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
      ],
    });
  });

  test.each(['data', 'api', 'worker', 'monitoring'] as const)(
    'change in %s only by intent',
    (name) => {
      const template = Template.fromStack(STACKS[name]).toJSON();

      expect(maskAssetHashes(template)).toMatchSnapshot();
    },
  );
});

/** The variable of every process in the stack, with an address where CloudFormation puts one. */
function resourceVariablesOf(stack: Stack): string[] {
  const joins: string[] = [];
  JSON.stringify(Template.fromStack(stack), (_key, value) => {
    const parts = value?.['Fn::Join']?.[1];
    if (parts?.[0] === '{"table":"') {
      joins.push(
        parts
          .map((part: unknown) => (typeof part === 'string' ? part : 'https://a.test/b'))
          .join(''),
      );
    }
    return value;
  });
  return joins;
}
