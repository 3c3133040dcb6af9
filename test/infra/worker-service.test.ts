import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import {
  WorkerService,
  type WorkerServiceProps,
} from '../../infra/constructs/worker/worker-service.ts';
import { aWorker } from './a-worker.ts';
import { actionsOf, allow, SYNTH_TIMEOUT_MS, templateOf } from './synthesize.ts';

function setup(props?: Partial<WorkerServiceProps>): Template {
  return templateOf((stack) => {
    new WorkerService(stack, 'Worker', aWorker(props));
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

  test('gets its queues, its table, its heartbeat file and the name of its metrics, and nothing else', () => {
    expect(containerOf(setup({ serviceName: 'dev-task-queue' }))['Environment']).toEqual([
      { Name: 'TASK_QUEUE_RESOURCES', Value: JSON.stringify(aWorker().resources) },
      { Name: 'HEARTBEAT_FILE', Value: '/tmp/worker-heartbeat' },
      { Name: 'POWERTOOLS_SERVICE_NAME', Value: 'dev-task-queue' },
    ]);
  });

  test('sends traces if enabled', () => {
    expect(
      containerOf(setup({ otlpEndpoint: 'http://collector:4318' }))['Environment'],
    ).toContainEqual({
      Name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      Value: 'http://collector:4318',
    });
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
      // So that a deployment does not undo what scaling did.
      DesiredCount: Match.absent(),
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MaximumPercent: 200,
        MinimumHealthyPercent: 100,
      },
    });
  });

  const ON_DEMAND = { CapacityProvider: 'FARGATE', Weight: 1 };
  const ON_SPOT = { CapacityProvider: 'FARGATE_SPOT', Weight: 1 };
  const baseOf = (Base: number) => ({ CapacityProvider: 'FARGATE', Base, Weight: 0 });

  test.each([
    ['not by itself', {}, [ON_DEMAND]],
    ['if enabled, except the first worker', { spot: true }, [baseOf(1), ON_SPOT]],
    ['if enabled, except the first three', { spot: true, onDemandBase: 3 }, [baseOf(3), ON_SPOT]],
    ['if enabled, without exception', { spot: true, onDemandBase: 0 }, [ON_SPOT]],
  ])('runs on Spot %s', (_when, props, CapacityProviderStrategy) => {
    setup(props).hasResourceProperties('AWS::ECS::Service', { CapacityProviderStrategy });
  });

  test('runs in a network of your own, where it gets no public address unless you say so', () => {
    const template = templateOf((stack) => {
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['a', 'b'],
        privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      });
      new WorkerService(stack, 'Worker', aWorker({ network: { vpc } }));
    });

    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: 'DISABLED',
          Subnets: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        },
      },
    });
  });

  test('takes commands only if enabled, and is writable then, because ECS needs that', () => {
    const template = setup({ exec: true });

    setup().hasResourceProperties('AWS::ECS::Service', { EnableExecuteCommand: Match.absent() });
    template.hasResourceProperties('AWS::ECS::Service', { EnableExecuteCommand: true });
    expect(containerOf(template)).toMatchObject({ User: 'node', ReadonlyRootFilesystem: false });
    expect(actionsOf(template, /TaskRole/)).toEqual([
      'ecs:DescribeServices',
      'ecs:DescribeTasks',
      'ecs:ListTasks',
      'ecs:UpdateTaskProtection',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]);
  });

  test('lets nothing in', () => {
    const template = setup();

    template.allResourcesProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
    });
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    expect(containerOf(template)).not.toHaveProperty('PortMappings');
  });

  test('pays for no NAT gateway and for no data in transit to the task log', () => {
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

  test.each([
    [true, 'enabled'],
    [false, 'disabled'],
  ])('shows its use of the machine if enabled: %s', (containerInsights, Value) => {
    setup({ containerInsights }).hasResourceProperties('AWS::ECS::Cluster', {
      ClusterSettings: [{ Name: 'containerInsights', Value }],
    });
  });

  test('starts after its network has internet access, and is deleted before the network and its capacity', () => {
    const [service] = Object.values(setup().findResources('AWS::ECS::Service'));

    expect(service?.['DependsOn']).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^WorkerCapacity/),
        expect.stringMatching(/PublicSubnet1DefaultRoute/),
        expect.stringMatching(/PublicSubnet2DefaultRoute/),
      ]),
    );
  });

  test('keeps its log for a month', () => {
    const template = setup();

    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    expect(containerOf(template)).toMatchObject({ LogConfiguration: { LogDriver: 'awslogs' } });
  });

  test('may do nothing in AWS, before it is granted something, but protect itself, and look at workers of its cluster', () => {
    const all = (of: string) =>
      Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([`:${of}/`, '/*'])] });

    const template = setup();

    expect(actionsOf(template, /TaskRole/)).toEqual([
      'ecs:DescribeServices',
      'ecs:DescribeTasks',
      'ecs:ListTasks',
      'ecs:UpdateTaskProtection',
    ]);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          allow(['ecs:DescribeTasks', 'ecs:UpdateTaskProtection'], all('task')),
          allow('ecs:DescribeServices', all('service')),
          Match.objectLike({
            Action: 'ecs:ListTasks',
            Condition: { ArnEquals: { 'ecs:cluster': Match.anyValue() } },
          }),
        ],
      },
    });
  });

  test('sends traces to X-Ray if enabled, and has the permission then', () => {
    const template = setup({ xray: true });

    expect(containerOf(template)['Environment']).toContainEqual({
      Name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      Value: {
        'Fn::Join': [
          '',
          ['https://xray.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/v1/traces'],
        ],
      },
    });
    expect(actionsOf(template, /TaskRole/)).toContain('xray:PutSpans');
    expect(actionsOf(setup(), /TaskRole/)).not.toContain('xray:PutSpans');
  });
});
