import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ScalingPolicy } from '../../../shared/deployment/scaling.ts';
import type { TaskStore } from '../store/task-store.ts';
import {
  WorkerService,
  type WorkerServiceNetwork,
  type WorkerServiceProps,
} from './worker-service.ts';

export interface WorkersProps extends Omit<WorkerServiceProps, 'resources' | 'scaling'> {
  /** Queues and task log of the workers. */
  readonly store: TaskStore;

  /** @see WorkerServiceScaling.policy */
  readonly policy: ScalingPolicy;
}

/** Adds the workers that run the tasks of all queues, as `Worker`. */
export function addWorkers(scope: Construct, props: WorkersProps): WorkerService {
  const { store, policy, network = networkOf(store), ...options } = props;
  const { files, queues, resources, taskLog } = store;

  const worker = new WorkerService(scope, 'Worker', {
    ...options,
    network,
    resources,
    scaling: { policy, waiting: queues.map((queue) => queue.metricWaiting()) },
  });

  for (const queue of queues) {
    queue.grantConsume(worker);
    // Children of running tasks.
    queue.grantEnqueue(worker);
  }
  taskLog?.grantRun(worker);
  store.grantConnect(worker);
  files.grantRun(worker);
  return worker;
}

/** The databases' network, if there are any. Its public subnets reach SQS. */
const networkOf = ({ network }: TaskStore): WorkerServiceNetwork | undefined =>
  network && {
    vpc: network.vpc,
    vpcSubnets: { subnetType: SubnetType.PUBLIC },
    assignPublicIp: true,
    securityGroups: [network.clients],
  };
