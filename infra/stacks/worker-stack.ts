import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { addWorkers, type WorkersProps } from '../constructs/worker/add-workers.ts';
import type { WorkerService } from '../constructs/worker/worker-service.ts';

export interface WorkerStackProps extends StackProps, WorkersProps {}

/** The workers that run the tasks of all queues. */
export class WorkerStack extends Stack {
  readonly worker: WorkerService;

  constructor(scope: Construct, id: string, props: WorkerStackProps) {
    super(scope, id, props);
    this.worker = addWorkers(this, props);
  }
}
