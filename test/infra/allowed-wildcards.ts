export type AllowedWildcard = {
  /** The stack and the logical id, without hash, of what holds the policy. */
  readonly where: RegExp;
  readonly actions: readonly string[];
  readonly resource: string;
  readonly reason: string;
};

const ownKey = (where: RegExp): AllowedWildcard => ({
  where,
  actions: ['kms:*'],
  resource: '*',
  reason:
    "Lets the account's own policies decide about the key; without it nobody could. In a key's policy * is the key.",
});

/** Every wildcard that a deployment allows anybody, and why it cannot be narrower. */
export const ALLOWED_WILDCARDS: readonly AllowedWildcard[] = [
  {
    where: /^Api EnqueueRole/,
    actions: ['s3:PutObject'],
    resource: '<FilesBucket.Arn>/payloads/*',
    reason: 'Parameters that are too large for a message: an object for each task.',
  },
  {
    where: /^Api QueryRole/,
    actions: ['s3:GetObject'],
    resource: '<FilesBucket.Arn>/files/*',
    reason: 'Signs URLs for files of tasks: an object for each task.',
  },
  {
    where: /^Api QueryRole/,
    actions: ['s3:GetObject'],
    resource: '<FilesBucket.Arn>/payloads/*',
    reason: 'Shows the parameters of tasks: an object for each task.',
  },
  {
    where: /^Api ManageRole/,
    actions: ['s3:DeleteObject'],
    resource: '<FilesBucket.Arn>/files/*',
    reason: 'Deletes the files of tasks that are archived.',
  },
  {
    where: /^Api ManageRole/,
    actions: ['s3:GetObject', 's3:PutObject'],
    resource: '<FilesBucket.Arn>/payloads/*',
    reason: 'A retried task gets a copy of its parameters.',
  },
  {
    where: /^Worker WorkerTaskTaskRole/,
    actions: ['s3:AbortMultipartUpload', 's3:PutObject'],
    resource: '<FilesBucket.Arn>/files/*',
    reason: 'Tasks store files: an object for each task.',
  },
  {
    where: /^Worker WorkerTaskTaskRole/,
    actions: ['s3:GetObject', 's3:PutObject'],
    resource: '<FilesBucket.Arn>/payloads/*',
    reason: 'Reads the parameters of tasks, and puts aside those of their children.',
  },
  {
    where: /^(Api|Data) \w+RoleDefaultPolicy$/,
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resource: '*',
    reason:
      'Lambda attaches the function to a network. The condition keeps it from the code of the function.',
  },
  {
    where: /^Data Migrations\w+ProviderRole/,
    actions: ['lambda:InvokeFunction'],
    resource: '<MigrationsdefaultStartFunction.Arn>:*',
    reason: 'All versions of the one function that it invokes.',
  },
  {
    where: /^Worker WorkerTaskExecutionRole/,
    actions: ['ecr:GetAuthorizationToken'],
    resource: '*',
    reason: 'To pull the image; AWS knows no resource for it.',
  },
  {
    where: /^Worker WorkerScaleIn$/,
    actions: ['ecs:DescribeTasks', 'ecs:UpdateTaskProtection'],
    resource: 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<WorkerCluster>/*',
    reason: 'A worker protects itself, and its ARN is not known before it runs.',
  },
  {
    where: /^Worker WorkerScaleIn$/,
    actions: ['ecs:DescribeServices'],
    resource: 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service/<WorkerCluster>/*',
    reason: 'A worker asks for its service, whose name depends on what it runs.',
  },
  {
    where: /^Worker WorkerScaleIn$/,
    actions: ['ecs:ListTasks'],
    resource: '*',
    reason: 'AWS knows no resource for it but instances; the condition names the cluster.',
  },
  {
    where: /^(Worker WorkerTracing|Api \w+RoleDefaultPolicy)$/,
    actions: ['xray:PutSpans', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    resource: '*',
    reason: 'Opt-in (xray=true). AWS knows no resource that traces could be limited to.',
  },
  {
    where: /^Worker WorkerExec$/,
    actions: [
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    resource: '*',
    reason: 'Opt-in (exec=true). AWS knows no resource for the channels of ECS Exec.',
  },
  ownKey(/^Data DataKey$/),
  ownKey(/^Monitoring AlarmTopicKey$/),
  {
    where: /^Data DataKey$/,
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    resource: '*',
    reason: "CloudWatch Logs, for log groups of the account only. In a key's policy * is the key.",
  },
  {
    where: /^Monitoring AlarmTopicKey$/,
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resource: '*',
    reason: "Alarms and budgets of the account publish. In a key's policy * is the key.",
  },
];
