import { Stack, Validations } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type {
  Connections,
  IConnectable,
  ISecurityGroup,
  IVpc,
  SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import {
  type CapacityProviderStrategy,
  CfnService,
  Cluster,
  ContainerInsights,
  FargateService,
  type ICluster,
} from 'aws-cdk-lib/aws-ecs';
import {
  type IGrantable,
  type IPrincipal,
  type IRole,
  Policy,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ScalingPolicy } from '../scaling-policy.ts';
import { WorkerNetwork } from './worker-network.ts';
import { WorkerScaling, type WorkerSchedule } from './worker-scaling.ts';
import { createWorkerTask, type WorkerTaskProps } from './worker-task.ts';

export interface WorkerServiceProps extends WorkerTaskProps {
  /**
   * Fargate Spot: about 70 % cheaper, and any worker may be stopped with two minutes' notice.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
   * @default false
   */
  readonly spot?: boolean;

  /**
   * With `spot`: so many workers are not on Spot, and stay when AWS wants its capacity back. They are
   * the first to start, so one worker alone is never on Spot. 0: all are.
   * @default 1
   */
  readonly onDemandBase?: number;

  /**
   * Where the workers run.
   * @default a network of their own: public addresses, nothing may connect to them, no NAT gateway
   */
  readonly network?: WorkerServiceNetwork;

  /** How their number follows the work. */
  readonly scaling: WorkerServiceScaling;
}

export interface WorkerServiceNetwork {
  readonly vpc: IVpc;

  /** @default CDK's choice: private subnets with a way out, where there are some */
  readonly vpcSubnets?: SubnetSelection;

  /** @default one that lets nothing in */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Needed in public subnets: it is the only way out to SQS there.
   * @default false
   */
  readonly assignPublicIp?: boolean;
}

export interface WorkerServiceScaling {
  /** @see scalingPolicyFor */
  readonly policy: ScalingPolicy;

  /** Messages that wait in each queue on SQS. */
  readonly waiting: readonly IMetric[];
}

/** The workers: a Fargate service that nothing can connect to. Grants decide what they may do. */
export class WorkerService extends Construct implements IGrantable, IConnectable {
  readonly grantPrincipal: IPrincipal;
  readonly connections: Connections;
  readonly #role: IRole;
  readonly #scaling: WorkerScaling;
  /** For metrics and for `aws ecs`. */
  readonly clusterName: string;

  constructor(scope: Construct, id: string, props: WorkerServiceProps) {
    super(scope, id);
    const { exec = false, network = this.#createNetwork(), scaling, serviceName } = props;
    const taskDefinition = createWorkerTask(this, props);
    this.#role = taskDefinition.taskRole;
    this.grantPrincipal = this.#role;

    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
      enableFargateCapacityProviders: true,
    });
    this.clusterName = cluster.clusterName;
    // By itself FargateService makes a security group without ingress rules.
    const service = new FargateService(this, 'Service', {
      // CDK is not compiled with exactOptionalPropertyTypes.
      cluster: cluster as ICluster,
      taskDefinition,
      ...(network.securityGroups && { securityGroups: network.securityGroups }),
      ...(network.vpcSubnets && { vpcSubnets: network.vpcSubnets }),
      assignPublicIp: network.assignPublicIp ?? false,
      ...(network.securityGroups && { securityGroups: network.securityGroups }),
      capacityProviderStrategies: strategiesOf(props),
      // The new worker runs before the old one is told to stop. Their number is not in the template,
      // so that a deployment leaves it as it is.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
    });
    this.connections = service.connections;
    if (exec) this.#allowExec(service);
    this.#allowProtection(cluster);
    this.#scaling = new WorkerScaling(this, 'Scaling', {
      ...scaling,
      serviceName,
      resourceId: `service/${cluster.clusterName}/${service.serviceName}`,
    });
  }

  /**
   * Changes the fewest and the most workers by the clock: some at work before people are, for example.
   * @param name of the schedule, one for each in this service
   * @see https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
   */
  scaleOnSchedule(name: string, schedule: WorkerSchedule): void {
    this.#scaling.scaleOnSchedule(name, schedule);
  }

  #createNetwork(): WorkerServiceNetwork {
    return { vpc: new WorkerNetwork(this, 'Network').vpc, assignPublicIp: true };
  }

  /**
   * Not by FargateService: it would add this to the role's own policy, and the rule that no other
   * grant there may name all resources could not be kept.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
   */
  #allowExec(service: FargateService): void {
    const channels = ['Control', 'Data'].flatMap((kind) => [
      `ssmmessages:Create${kind}Channel`,
      `ssmmessages:Open${kind}Channel`,
    ]);
    const policy = this.#createPolicy('Exec', channels, '*');
    const resource = service.node.defaultChild;
    if (resource instanceof CfnService) resource.enableExecuteCommand = true;
    service.node.addDependency(policy);
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The channels of ECS Exec cannot be limited to a resource.',
    });
  }

  /**
   * Workers with running tasks ask ECS not to be chosen when it scales in.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
   */
  #allowProtection(cluster: Cluster): void {
    const tasks = { service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` };
    const arn = Stack.of(this).formatArn(tasks);
    const policy = this.#createPolicy('ScaleInProtection', ['ecs:UpdateTaskProtection'], arn);
    const clusterId = Stack.of(this).resolve(cluster.clusterName).Ref;
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<${clusterId}>/*]`,
      reason: 'A worker protects itself, and its ARN is not known before it runs.',
    });
  }

  #createPolicy(id: string, actions: string[], resource: string): Policy {
    const statement = new PolicyStatement({ actions, resources: [resource] });
    const policy = new Policy(this, id, { statements: [statement] });
    policy.attachToRole(this.#role);
    return policy;
  }
}

const strategiesOf = ({
  spot = false,
  onDemandBase = 1,
}: WorkerServiceProps): CapacityProviderStrategy[] => {
  if (!spot) return [{ capacityProvider: 'FARGATE', weight: 1 }];
  const onSpot = { capacityProvider: 'FARGATE_SPOT', weight: 1 };
  if (onDemandBase === 0) return [onSpot];
  return [{ capacityProvider: 'FARGATE', base: onDemandBase, weight: 0 }, onSpot];
};
