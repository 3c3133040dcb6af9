import { Validations } from 'aws-cdk-lib';
import { GatewayVpcEndpointAwsService, type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/**
 * A network for processes that call and are never called. It has no NAT gateway: what runs in it
 * needs a public address, and a security group without ingress.
 */
export class WorkerNetwork extends Construct {
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
