import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TaskStore, type TaskStoreProps } from '../constructs/store/task-store.ts';
import { addStoreOutputs } from '../store-outputs.ts';

export interface DataStackProps extends StackProps, TaskStoreProps {}

/** Resources that survive every deployment: the queues, the task log and the files. */
export class DataStack extends Stack {
  readonly store: TaskStore;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    // "Default" is in no logical id: those of resources that stay must stay, too.
    this.store = new TaskStore(this, 'Default', props);
    addStoreOutputs(this, this.store.resources);
  }
}
