import { Stack, type StackProps } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { WorkerService, type WorkerServiceNetwork } from '../constructs/worker-service.ts';
import type { ScalingPolicy } from '../scaling-policy.ts';
import type { DataStack } from './data-stack.ts';

export interface WorkerStackProps extends StackProps {
  /** What the workers take tasks from and record them in. */
  readonly data: DataStack;

  /** @see WorkerTaskProps.serviceName */
  readonly serviceName: string;

  /** @see WorkerServiceScaling.policy */
  readonly policy: ScalingPolicy;

  /** @see WorkerServiceProps.spot */
  readonly spot?: boolean;

  /** @see WorkerServiceProps.onDemandBase */
  readonly onDemandBase?: number;

  /** @see WorkerTaskProps.exec */
  readonly exec?: boolean;

  /** @see WorkerTaskProps.otlpEndpoint */
  readonly otlpEndpoint?: string;

  /** @see WorkerServiceProps.network */
  readonly network?: WorkerServiceNetwork;
}

/** The workers that run the tasks of all queues. */
export class WorkerStack extends Stack {
  readonly worker: WorkerService;

  constructor(scope: Construct, id: string, props: WorkerStackProps) {
    super(scope, id, props);
    const { data, policy, network = networkOf(data), ...options } = props;
    const { files, queues, resources, taskLog } = data;

    this.worker = new WorkerService(this, 'Worker', {
      ...options,
      ...(network && { network }),
      resources,
      scaling: { policy, waiting: queues.map((queue) => queue.metricWaiting()) },
    });

    for (const queue of queues) {
      queue.grantConsume(this.worker);
      // Children of running tasks.
      queue.grantEnqueue(this.worker);
    }
    taskLog?.grantRun(this.worker);
    data.grantConnect(this.worker);
    files.grantRun(this.worker);
  }
}

/** With databases, where they are: in its public subnets, which have a way out to SQS. */
const networkOf = ({ network }: DataStack): WorkerServiceNetwork | undefined =>
  network && {
    vpc: network.vpc,
    vpcSubnets: { subnetType: SubnetType.PUBLIC },
    assignPublicIp: true,
    securityGroups: [network.clients],
  };
