import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { DatabaseNetwork } from '../../infra/constructs/store/database-network.ts';
import { TaskDatabase } from '../../infra/constructs/store/task-database.ts';
import { NagChecks } from '../../infra/nag-checks.ts';
import { allow, createApp, createRole, SYNTH_TIMEOUT_MS, statementsOf } from './synthesize.ts';

function setup(sqs = true) {
  const app = createApp();
  const stack = new Stack(app, 'Test');
  const network = new DatabaseNetwork(stack, 'Network', { sqs });
  const database = new TaskDatabase(stack, 'Database', { network });
  database.grantConnect(createRole(stack));
  return { app, stack, template: Template.fromStack(stack) };
}

describe('the database', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('satisfies the AwsSolutions rules', () => {
    const { app } = setup();

    expect(new NagChecks(app).validateScope(app).violations).toEqual([]);
  });

  test('pauses when nobody is connected, and grows no further than allowed', () => {
    setup().template.hasResourceProperties('AWS::RDS::DBCluster', {
      ServerlessV2ScalingConfiguration: {
        MinCapacity: 0,
        MaxCapacity: 8,
        SecondsUntilAutoPause: 300,
      },
    });
  });

  test('stays when its stack is deleted, and is encrypted and backed up', () => {
    setup().template.hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtection: true,
        StorageEncrypted: true,
        BackupRetentionPeriod: 14,
        EnableIAMDatabaseAuthentication: true,
      },
    });
  });

  test('talks TLS only, and is in subnets without a way in or out', () => {
    const { template } = setup();

    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
    });
    template.hasResourceProperties('AWS::RDS::DBInstance', { PubliclyAccessible: false });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  test('lets in the configured users, without a password', () => {
    const { template } = setup();

    expect(statementsOf(template, /^Role/)).toEqual([
      allow('rds-db:connect', {
        'Fn::Join': ['', expect.arrayContaining(['/task_queue'])],
      }),
    ]);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Clients'), 'GroupId'] },
    });
  });

  test('pays for a way to SQS only where somebody sends there', () => {
    setup(true).template.resourceCountIs('AWS::EC2::VPCEndpoint', 3);
    setup(false).template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
  });
});
