import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WorkerService } from '../constructs/worker-service.ts';
import type { DataStack } from './data-stack.ts';

export interface WorkerStackProps extends StackProps {
  /** What the worker takes tasks from and records them in. */
  readonly data: DataStack;

  /** @see WorkerServiceProps.spot */
  readonly spot: boolean;
}

/** The worker that runs the tasks of all queues. */
export class WorkerStack extends Stack {
  constructor(scope: Construct, id: string, props: WorkerStackProps) {
    super(scope, id, props);
    const { files, network, queues, resources, taskLog } = props.data;

    const worker = new WorkerService(this, 'Worker', { resources, network, spot: props.spot });

    for (const queue of queues) {
      queue.grantConsume(worker);
      // Children of running tasks.
      queue.grantEnqueue(worker);
    }
    taskLog?.grantRun(worker);
    props.data.grantConnect(worker);
    files.grantRun(worker);
  }
}
