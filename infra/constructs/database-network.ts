import { Validations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  type IConnectable,
  type InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface DatabaseNetworkProps {
  /**
   * Whether functions without a way to the internet send to SQS. Its endpoint is paid by the hour.
   * @see https://aws.amazon.com/privatelink/pricing/
   */
  readonly sqs: boolean;
}

/**
 * A network for a database, and for those who talk to it. Database and functions have no way out or
 * in; workers have a public address, and nothing may connect to them. There is no NAT gateway.
 */
export class DatabaseNetwork extends Construct {
  readonly vpc: IVpc;
  readonly #sqs: InterfaceVpcEndpoint | undefined;

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
    // Free of charge, and the functions' only way to task log and files.
    // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    this.#sqs = sqs
      ? vpc.addInterfaceEndpoint('Sqs', {
          service: InterfaceVpcEndpointAwsService.SQS,
          subnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
          open: false,
        })
      : undefined;
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing but the database listens in this network, and only to security groups of ours.',
    });
    // CDK is not compiled with exactOptionalPropertyTypes.
    this.vpc = vpc as IVpc;
  }

  /** Lets a function without a way to the internet reach SQS, if there is one in this network. */
  allowSqsFrom(client: IConnectable): void {
    this.#sqs?.connections.allowDefaultPortFrom(client);
  }
}
