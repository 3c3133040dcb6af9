import { Validations } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type Connections,
  GatewayVpcEndpointAwsService,
  type IConnectable,
  type ISecurityGroup,
  type IVpc,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import {
  type CapacityProviderStrategy,
  CfnClusterCapacityProviderAssociations,
  Cluster,
  ContainerInsights,
  FargateService,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ScalingPolicy } from '../../../shared/deployment/scaling.ts';
import { allowExec, allowScaleIn, allowTracing } from './worker-permissions.ts';
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
   * With `spot`: number of workers that are not on Spot, and stay when AWS reclaims its capacity. They
   * start first, so one worker alone is never on Spot. 0: all are on Spot.
   * @default 1
   */
  readonly onDemandBase?: number;

  /**
   * The network of the workers.
   * @default a network of their own: public addresses, nothing may connect to them, no NAT gateway
   */
  readonly network?: WorkerServiceNetwork;

  /**
   * Processor, memory and network of the workers in CloudWatch Container Insights, billed by metric and
   * hour. What tasks do is in the workers' own metrics in any case.
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
   * @default false
   */
  readonly containerInsights?: boolean;

  /** How their number follows the work. */
  readonly scaling: WorkerServiceScaling;
}

export interface WorkerServiceNetwork {
  readonly vpc: IVpc;

  /** @default CDK's choice: private subnets with internet access, if there are any */
  readonly vpcSubnets?: SubnetSelection;

  /** @default one that lets nothing in */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Needed in public subnets: it is the only route to SQS there.
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
  readonly #scaling: WorkerScaling;
  /** For metrics and for `aws ecs`. */
  readonly clusterName: string;

  constructor(scope: Construct, id: string, props: WorkerServiceProps) {
    super(scope, id);
    const { exec = false, network = this.#createNetwork(), scaling, serviceName, xray } = props;
    const { containerInsights = false } = props;
    const taskDefinition = createWorkerTask(this, props);
    const role = taskDefinition.taskRole;
    this.grantPrincipal = role;

    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: containerInsights
        ? ContainerInsights.ENABLED
        : ContainerInsights.DISABLED,
    });
    if (!containerInsights) acknowledgeNoInsights(cluster);
    // Not the cluster's own provider: it would be deleted while the service still uses it.
    const association = new CfnClusterCapacityProviderAssociations(this, 'Capacity', {
      cluster: cluster.clusterName,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [],
    });
    this.clusterName = cluster.clusterName;
    // FargateService makes a security group without ingress rules.
    const service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition,
      securityGroups: network.securityGroups,
      vpcSubnets: network.vpcSubnets,
      assignPublicIp: network.assignPublicIp ?? false,
      capacityProviderStrategies: strategiesOf(props),
      // The new worker runs before the old one is stopped. Their number is not in the template, so
      // that a deployment does not change it.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
    });
    this.connections = service.connections;
    service.node.addDependency(
      association,
      // A worker that starts without internet access ends; one that outlives it blocks its deletion.
      network.vpc.selectSubnets(network.vpcSubnets).internetConnectivityEstablished,
    );
    const permissions = { role, cluster };
    if (exec) allowExec(this, { ...permissions, service });
    if (xray) allowTracing(this, permissions);
    allowScaleIn(this, permissions);
    this.#scaling = new WorkerScaling(this, 'Scaling', {
      ...scaling,
      serviceName,
      resourceId: `service/${cluster.clusterName}/${service.serviceName}`,
    });
  }

  /**
   * Changes the fewest and the most workers by time, for example before people start to work.
   * @param name of the schedule, one for each in this service
   * @see https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
   */
  scaleOnSchedule(name: string, schedule: WorkerSchedule): void {
    this.#scaling.scaleOnSchedule(name, schedule);
  }

  #createNetwork(): WorkerServiceNetwork {
    return { vpc: new WorkerNetwork(this, 'Network').vpc, assignPublicIp: true };
  }
}

const acknowledgeNoInsights = (cluster: Cluster): void =>
  Validations.of(cluster).acknowledge({
    id: 'AwsSolutions-ECS4',
    reason: 'Opt-in: it costs more than an idle deployment, and workers have their own metrics.',
  });

const strategiesOf = ({
  spot = false,
  onDemandBase = 1,
}: WorkerServiceProps): CapacityProviderStrategy[] => {
  if (!spot) return [{ capacityProvider: 'FARGATE', weight: 1 }];
  const onSpot = { capacityProvider: 'FARGATE_SPOT', weight: 1 };
  if (onDemandBase === 0) return [onSpot];
  return [{ capacityProvider: 'FARGATE', base: onDemandBase, weight: 0 }, onSpot];
};

/**
 * A network for processes that only make outbound connections. It has no NAT gateway, so its
 * processes need a public address and a security group without ingress.
 */
class WorkerNetwork extends Construct {
  readonly vpc: IVpc;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
      ],
      // Emptying the default security group, which nothing uses, would take a Lambda function that
      // may edit security groups.
      restrictDefaultSecurityGroup: false,
    });
    // Free of charge, and keeps the traffic of task log and files off the internet.
    // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'Nothing listens in this network, and what the worker does is in its own log.',
    });
    this.vpc = vpc;
  }
}
