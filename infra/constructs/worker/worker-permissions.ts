import { Stack, Validations } from 'aws-cdk-lib';
import { CfnService, type Cluster, type FargateService } from 'aws-cdk-lib/aws-ecs';
import {
  type IRole,
  Policy,
  PolicyStatement,
  type PolicyStatementProps,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

type Grantee = {
  /** Role of the worker. */
  readonly role: IRole;
  readonly cluster: Cluster;
};

// Each is a policy of its own: in the role's own, the rule that no other grant there may name all
// resources could not be kept.

/**
 * Lets people run commands in a worker.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
 */
export function allowExec(
  scope: Construct,
  { role, service }: Grantee & { readonly service: FargateService },
): void {
  const actions = ['Control', 'Data'].flatMap((kind) => [
    `ssmmessages:Create${kind}Channel`,
    `ssmmessages:Open${kind}Channel`,
  ]);
  const policy = attach(scope, 'Exec', role, [{ actions, resources: ['*'] }]);
  const resource = service.node.defaultChild;
  if (resource instanceof CfnService) resource.enableExecuteCommand = true;
  service.node.addDependency(policy);
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'The channels of ECS Exec cannot be limited to a resource.',
  });
}

/**
 * Lets a worker protect itself from scale-in while it runs tasks, and ask ECS whether its service
 * still needs it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
 */
export function allowScaleIn(scope: Construct, { role, cluster }: Grantee): void {
  const stack = Stack.of(scope);
  const arnOf = (resource: string): string =>
    stack.formatArn({ service: 'ecs', resource, resourceName: `${cluster.clusterName}/*` });
  const policy = attach(scope, 'ScaleIn', role, [
    {
      actions: ['ecs:DescribeTasks', 'ecs:UpdateTaskProtection'],
      resources: [arnOf('task')],
    },
    { actions: ['ecs:DescribeServices'], resources: [arnOf('service')] },
    {
      actions: ['ecs:ListTasks'],
      resources: ['*'],
      conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
    },
  ]);
  const clusterId = stack.resolve(cluster.clusterName).Ref;
  const idOf = (resource: string): string =>
    `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:${resource}/<${clusterId}>/*]`;
  Validations.of(policy).acknowledge(
    {
      id: idOf('task'),
      reason: 'A worker protects itself, and its ARN is not known before it runs.',
    },
    {
      id: idOf('service'),
      reason: 'The service of the cluster, whose name depends on what it runs.',
    },
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecs:ListTasks knows no resource but instances; the condition names the cluster.',
    },
  );
}

/**
 * Lets a worker send its traces to X-Ray.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
 */
export function allowTracing(scope: Construct, { role }: Grantee): void {
  const actions = ['xray:PutSpans', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
  const policy = attach(scope, 'Tracing', role, [{ actions, resources: ['*'] }]);
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray knows no resource that traces could be limited to.',
  });
}

function attach(
  scope: Construct,
  id: string,
  role: IRole,
  statements: readonly PolicyStatementProps[],
): Policy {
  const policy = new Policy(scope, id, {
    statements: statements.map((statement) => new PolicyStatement(statement)),
  });
  policy.attachToRole(role);
  return policy;
}
