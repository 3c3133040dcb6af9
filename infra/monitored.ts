import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { TaskQueueConfig } from '../shared/config/config.ts';
import type { TaskQueueHttpApi } from './constructs/http-api.ts';
import type { TableStreamConsumer } from './constructs/store/table-stream-consumer.ts';
import type { TaskLogTable } from './constructs/store/task-log-table.ts';
import type { WeightedQueue } from './constructs/weighted-queue.ts';

/** The resources whose health is monitored. */
export interface Monitored {
  /** The names of all queues; one that is not in `queues` is on PostgreSQL. */
  readonly config: Pick<TaskQueueConfig, 'queues' | 'worker'>;

  /** By name. */
  readonly queues: ReadonlyMap<string, WeightedQueue>;

  /** Absent: the task log is on PostgreSQL, and has neither table nor stream. */
  readonly taskLog: TaskLogTable | undefined;
  readonly stream: TableStreamConsumer | undefined;

  readonly api: TaskQueueHttpApi;
  readonly functions: readonly IFunction[];

  /** The dimension of the workers' metrics. */
  readonly serviceName: string;

  /** 0: there may be none while there is no work. */
  readonly minWorkers: number;
}
