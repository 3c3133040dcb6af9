import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { callJson } from './call-aws.ts';
import type { Emulator } from './emulator.ts';

/** As in DescribeTaskDefinition, as far as it is used here. */
export type DescribedTask = {
  readonly taskDefinitionArn: string;
  readonly taskRoleArn: string;
  readonly containerDefinitions: readonly [DescribedContainer];
};

export type DescribedContainer = {
  readonly image: string;
  readonly user: string;
  readonly readonlyRootFilesystem: boolean;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly mountPoints: readonly { readonly containerPath: string; readonly readOnly: boolean }[];
};

/** Names of resources as AWS made them, by logical id. */
export type PhysicalIds = Readonly<Record<string, string>>;

/** Returns the ids of a stack's resources. @param types of resources. Default: all */
export async function physicalIdsOf(
  stack: string,
  types?: readonly string[],
): Promise<PhysicalIds> {
  const client = new CloudFormationClient();
  const { StackResourceSummaries = [] } = await client.send(
    new ListStackResourcesCommand({ StackName: stack }),
  );
  client.destroy();
  const entries = StackResourceSummaries.filter(
    ({ ResourceType = '' }) => types?.includes(ResourceType) ?? true,
  ).map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
    LogicalResourceId,
    PhysicalResourceId,
  ]);
  return Object.fromEntries(entries);
}

/** The task definition that the worker's service runs now. */
export async function describeTask(emulator: Emulator): Promise<DescribedTask> {
  const types = ['AWS::ECS::Cluster', 'AWS::ECS::Service'];
  const [cluster = '', service = ''] = await Promise.all(
    types.map(async (type) => Object.values(await physicalIdsOf('TaskQueue-Worker', [type]))[0]),
  );
  const ecs = <Answer>(action: string, input: object): Promise<Answer> =>
    callJson(emulator, 'ecs', `AmazonEC2ContainerServiceV20141113.${action}`, input);
  const { services } = await ecs<{ services: [{ taskDefinition: string }] }>('DescribeServices', {
    cluster,
    services: [service],
  });
  const { taskDefinition } = await ecs<{ taskDefinition: DescribedTask }>(
    'DescribeTaskDefinition',
    services[0],
  );
  return taskDefinition;
}

/** The container's health check. From the template: the emulator's ECS keeps none. */
export function healthCheckOf(checkout: string): readonly string[] {
  const path = join(checkout, 'cdk.out', 'TaskQueue-Worker.template.json');
  const { Resources } = JSON.parse(readFileSync(path, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: TaskDefinitionProperties }>;
  };
  const definition = Object.values(Resources).find(
    ({ Type }) => Type === 'AWS::ECS::TaskDefinition',
  );
  return definition?.Properties.ContainerDefinitions[0].HealthCheck.Command.slice(1) ?? [];
}

type TaskDefinitionProperties = {
  readonly ContainerDefinitions: readonly [
    { readonly HealthCheck: { readonly Command: readonly string[] } },
  ];
};
