import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { WorkerService } from '../../infra/constructs/worker-service.ts';
import { actionsOf, SYNTH_TIMEOUT_MS, templateOf } from './synthesize.ts';

const RESOURCES = { table: 'tasks', queues: {} };

function setup(spot?: boolean): Template {
  return templateOf((stack) => {
    new WorkerService(stack, 'Worker', {
      resources: RESOURCES,
      ...(spot === undefined ? {} : { spot }),
    });
  });
}

function containerOf(template: Template): Record<string, unknown> {
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  return task?.['Properties'].ContainerDefinitions[0];
}

describe('the worker service', { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('gives running tasks two minutes to finish before a worker is killed', () => {
    expect(containerOf(setup())).toMatchObject({
      StopTimeout: 120,
      LinuxParameters: { InitProcessEnabled: true },
    });
  });

  test('runs task handlers as a user that can change nothing in its image', () => {
    expect(containerOf(setup())).toMatchObject({ User: 'node', ReadonlyRootFilesystem: true });
  });

  test('lets task handlers write to /tmp and nowhere else', () => {
    expect(containerOf(setup())['MountPoints']).toEqual([
      { SourceVolume: 'tmp', ContainerPath: '/tmp', ReadOnly: false },
    ]);
  });

  test('replaces a worker that hangs', () => {
    expect(containerOf(setup())['HealthCheck']).toMatchObject({
      Command: ['CMD', 'node', '-e', expect.stringContaining('/tmp/worker-heartbeat')],
      Retries: 3,
    });
  });

  test('is told where its queues and its table are, where to beat, and nothing else', () => {
    expect(containerOf(setup())['Environment']).toEqual([
      { Name: 'TASK_QUEUE_RESOURCES', Value: JSON.stringify(RESOURCES) },
      { Name: 'HEARTBEAT_FILE', Value: '/tmp/worker-heartbeat' },
    ]);
  });

  test('runs on ARM, in the smallest size by default', () => {
    setup().hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '256',
      Memory: '512',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  test('never goes without a worker during a deployment, and undoes one that fails', () => {
    setup().hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MaximumPercent: 200,
        MinimumHealthyPercent: 100,
      },
    });
  });

  test.each([
    [undefined, 'FARGATE'],
    [false, 'FARGATE'],
    [true, 'FARGATE_SPOT'],
  ])('runs on Spot only by choice: spot %s is %s', (spot, CapacityProvider) => {
    setup(spot).hasResourceProperties('AWS::ECS::Service', {
      CapacityProviderStrategy: [{ CapacityProvider, Weight: 1 }],
    });
  });

  test('lets nothing in', () => {
    const template = setup();

    template.allResourcesProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
    });
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    expect(containerOf(template)).not.toHaveProperty('PortMappings');
  });

  test('pays for no NAT gateway and for no data on the way to the task log', () => {
    const template = setup();

    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      ServiceName: { 'Fn::Join': ['', Match.arrayWith(['.dynamodb'])] },
      VpcEndpointType: 'Gateway',
    });
  });

  test('shows its use of the machine, and keeps its log for a month', () => {
    const template = setup();

    template.hasResourceProperties('AWS::ECS::Cluster', {
      ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    expect(containerOf(template)).toMatchObject({ LogConfiguration: { LogDriver: 'awslogs' } });
  });

  test('may do nothing in AWS before it is granted something', () => {
    expect(actionsOf(setup(), /TaskRole/)).toEqual([]);
  });
});
