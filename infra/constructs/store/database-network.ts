import { RemovalPolicies, Validations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface DatabaseNetworkProps {
  /**
   * Whether clients of the databases also use SQS. Its endpoint is billed per hour and zone.
   * @see https://aws.amazon.com/privatelink/pricing/
   */
  readonly sqs: boolean;
}

/**
 * A network for databases and their clients. Databases and functions are in isolated subnets. Workers
 * have a public address, and nothing may connect to them. There is no NAT gateway.
 *
 * It is retained when its stack is deleted, as databases are, except resources that cost per hour.
 */
export class DatabaseNetwork extends Construct {
  readonly vpc: IVpc;
  /** Security group of every client of the databases. It allows no inbound traffic. */
  readonly clients: ISecurityGroup;

  constructor(scope: Construct, id: string, { sqs }: DatabaseNetworkProps) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED },
      ],
      // Emptying the default security group, which nothing uses, would take a Lambda function that
      // may edit security groups.
      restrictDefaultSecurityGroup: false,
    });
    // Free of charge, and the functions' only route to the task log and the files.
    // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing but the databases listens in this network, and only to a security group of ours.',
    });
    const clients = new SecurityGroup(this, 'Clients', {
      vpc: vpc,
      description: 'Connects to the databases of the task queue',
    });
    // Always, as a database: one that stays after a first deployment that failed is in these subnets.
    for (const kept of [vpc, clients]) RemovalPolicies.of(kept).retain();
    this.vpc = vpc;
    this.clients = clients;
    if (sqs) this.#addWayToSqs();
  }

  #addWayToSqs(): void {
    const endpoint = new InterfaceVpcEndpoint(this, 'Sqs', {
      vpc: this.vpc,
      service: InterfaceVpcEndpointAwsService.SQS,
      subnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      open: false,
    });
    endpoint.connections.allowDefaultPortFrom(this.clients);
  }
}
