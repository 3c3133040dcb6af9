import { RemovalPolicy } from 'aws-cdk-lib';
import { FlowLogDestination, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';

/**
 * Logs every connection of all networks in there, accepted or not. It is paid by the GB.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
 */
export function addFlowLogs(scope: IConstruct): void {
  for (const vpc of scope.node.findAll()) {
    if (vpc instanceof Vpc) addFlowLog(vpc);
  }
}

function addFlowLog(vpc: Vpc): void {
  const logGroup = new LogGroup(vpc, 'FlowLogs', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
}
