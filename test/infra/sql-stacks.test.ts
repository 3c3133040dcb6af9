import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { NagChecks } from '../../infra/nag-checks.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig, type TaskQueueConfig } from '../../shared/config/config.ts';
import { loadConfig } from '../../shared/config/config-file.ts';
import { actionsOf, createApp, maskAssetHashes, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const MIXED = loadConfig(join(REPOSITORY_ROOT, 'docs/examples/mixed.json'));
const ON_POSTGRES = { type: 'postgres', persistence: 'default' };
const ON_SQL = parseConfig(
  { queues: [{ name: 'tasks', weight: 1, broker: ON_POSTGRES }], taskLog: ON_POSTGRES },
  'sql-stacks.test.ts',
);
const WITHOUT_SQL = loadConfig(join(REPOSITORY_ROOT, 'task-queue.config.json'));
const CONFIGS = [
  ['mixed', MIXED],
  ['all on PostgreSQL', ON_SQL],
] as const;

const made = new Map<TaskQueueConfig, ReturnType<typeof create>>();

/** The stacks of a configuration, which tests share and only read. */
function setup(config: TaskQueueConfig) {
  const stacks = made.get(config) ?? create(config);
  made.set(config, stacks);
  return stacks;
}

function create(config: TaskQueueConfig) {
  const app = createApp();
  const stacks = createStacks(app, config);
  const { data, api, worker } = stacks;
  return {
    app,
    stacks,
    data: Template.fromStack(data),
    api: Template.fromStack(api),
    worker: Template.fromStack(worker),
  };
}

/** Logical ids of the functions that are in a network. */
const inNetwork = (template: Template): string[] =>
  Object.entries(template.findResources('AWS::Lambda::Function'))
    .filter(([, { Properties }]) => Properties.VpcConfig !== undefined)
    .map(([id]) => id.replace(/Function[0-9A-F]{8}$/, ''));

const typesOf = (template: Template): Set<string> =>
  new Set(
    Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    ),
  );

describe.each(CONFIGS)('the stacks, %s', { timeout: SYNTH_TIMEOUT_MS }, (_name, config) => {
  test('satisfy the AwsSolutions rules, as they are deployed', () => {
    const { app } = setup(config);
    app.synth();

    expect(new NagChecks(app).validateScope(app).violations).toEqual([]);
  });

  test('are deployed one after the other, so that the schema is there before the code', () => {
    const { data, stacks } = setup(config);

    expect(stacks.data.dependencies).toEqual([]);
    for (const { dependencies } of [stacks.api, stacks.worker]) {
      expect(dependencies).toEqual([stacks.data]);
    }
    data.hasResource('Custom::DatabaseSchema', {
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('ClusterWriter'),
        Match.stringLikeRegexp('MigrateRoleDefaultPolicy'),
      ]),
    });
  });

  test('have the API in an isolated subnet, and pay for no NAT gateway', () => {
    const { data, api } = setup(config);

    expect(inNetwork(api)).toEqual(['Enqueue', 'Query', 'Manage']);
    for (const template of [data, api]) template.resourceCountIs('AWS::EC2::NatGateway', 0);
    const subnets = JSON.stringify(api.findResources('AWS::Lambda::Function'));
    expect(subnets).toContain('IsolatedSubnet1');
    expect(subnets).not.toContain('PublicSubnet');
  });

  test('have the worker in the same network, with a public address, among its clients', () => {
    const { worker } = setup(config);

    worker.resourceCountIs('AWS::EC2::VPC', 0);
    worker.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: 'ENABLED',
          SecurityGroups: [
            {
              'Fn::GetStackOutput': Match.objectLike({
                OutputName: Match.stringLikeRegexp('Clients'),
              }),
            },
          ],
        },
      },
    });
  });

  test('let every process connect as the user without a password, and none read the password', () => {
    const { api, worker } = setup(config);
    const roles = [/^Enqueue/, /^Query/, /^Manage/].map((role) => actionsOf(api, role));

    for (const actions of [...roles, actionsOf(worker, /TaskRole/)]) {
      expect(actions).toContain('rds-db:connect');
      expect(actions.filter((action) => action.startsWith('secretsmanager'))).toEqual([]);
    }
  });

  test('let one function read the password and one connect with it, which are not the same', () => {
    const { data } = setup(config);

    expect(inNetwork(data)).toEqual(['MigrationsdefaultMigrate']);
    expect(actionsOf(data, /^MigrationsdefaultStart/)).toEqual([
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
    ]);
    expect(actionsOf(data, /^MigrationsdefaultMigrate/)).not.toContain(
      'secretsmanager:GetSecretValue',
    );
  });

  test('let Lambda attach functions to the network, not their code', () => {
    const policies = JSON.stringify(setup(config).api.findResources('AWS::IAM::Policy'));

    expect(policies).toContain('ec2:CreateNetworkInterface');
    expect(policies).toContain('{"Null":{"lambda:SourceFunctionArn":"true"}}');
  });
});

describe('the stacks', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('have nothing of it when nothing is on PostgreSQL', () => {
    const { data, api, worker } = setup(WITHOUT_SQL);

    for (const template of [data, api, worker]) {
      const types = [...typesOf(template)];
      expect(types.filter((type) => /RDS|SecretsManager|NatGateway|Custom/.test(type))).toEqual([]);
      expect(JSON.stringify(template)).not.toContain('rds-db');
      expect(inNetwork(template)).toEqual([]);
    }
    for (const template of [data, api]) expect(typesOf(template)).not.toContain('AWS::EC2::VPC');
  });

  test('have a table and its consumer, which is in no network, when the task log is there', () => {
    const { data, api } = setup(MIXED);

    data.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    api.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
    expect(inNetwork(api)).not.toContain('TableStreamConsumer');
  });

  test('have no table and no consumer when the task log is on PostgreSQL', () => {
    const { data, api, worker } = setup(ON_SQL);

    data.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    api.resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
    for (const template of [api, worker]) {
      expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('dynamodb:');
    }
  });

  test('pay for a way to SQS only when a queue is there', () => {
    const interfaces = (config: TaskQueueConfig) =>
      setup(config).data.findResources('AWS::EC2::VPCEndpoint', {
        Properties: { VpcEndpointType: 'Interface' },
      });

    expect(Object.keys(interfaces(MIXED))).toHaveLength(1);
    expect(Object.keys(interfaces(ON_SQL))).toEqual([]);
  });

  test('have one database for each persistence, however many queues are in it', () => {
    const queues = ['first', 'second', 'third'].map((name, index) => ({
      name,
      weight: 1,
      broker: { type: 'postgres', persistence: index === 0 ? 'one' : 'two' },
    }));
    const { data } = setup(parseConfig({ queues }, 'sql-stacks.test.ts'));

    data.resourceCountIs('AWS::RDS::DBCluster', 2);
    data.resourceCountIs('Custom::DatabaseSchema', 2);
    data.resourceCountIs('AWS::EC2::VPC', 1);
  });

  test('leave databases and their network in place when they leave the configuration', () => {
    const { data } = setup(MIXED);

    for (const type of [
      'AWS::RDS::DBCluster',
      'AWS::RDS::DBInstance',
      'AWS::SecretsManager::Secret',
    ]) {
      data.allResources(type, { DeletionPolicy: 'Retain' });
    }
    // After a first deployment that failed, too: the database stays in them.
    for (const type of ['AWS::EC2::VPC', 'AWS::EC2::Subnet']) {
      data.allResources(type, { DeletionPolicy: 'Retain' });
    }
  });

  test.each(['data', 'api', 'worker'] as const)('change in %s, mixed, only by intent', (name) => {
    expect(maskAssetHashes(setup(MIXED)[name].toJSON())).toMatchSnapshot();
  });
});
