import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { WAITING_TIMEOUT_SECONDS } from '../../shared/limits.ts';
import { ApiFunction } from './api-function.ts';
import { TaskQueueHttpApi } from './http-api.ts';
import { TableStreamConsumer } from './store/table-stream-consumer.ts';
import type { TaskStore } from './store/task-store.ts';

export interface TaskApiProps {
  /** Queues, task log and files of the API. */
  readonly store: TaskStore;

  /** Who may call it, and how. */
  readonly config: TaskQueueConfig;

  /**
   * X-Ray records the requests, and the tasks that they enqueue continue their traces.
   * @default false
   */
  readonly xray?: boolean;
}

/** The HTTP API, one function for each set of permissions, and the consumer for its statistics. */
export class TaskApi extends Construct {
  readonly http: TaskQueueHttpApi;
  /** Absent: the task log is in a database. */
  readonly stream: TableStreamConsumer | undefined;
  /** All functions, for monitoring. */
  readonly functions: readonly IFunction[];
  /** Functions that read or write messages, records or files of tasks. */
  readonly dataUsers: readonly IFunction[];

  constructor(scope: Construct, id: string, props: TaskApiProps) {
    super(scope, id);
    const { config, store, xray = false } = props;
    const { files, network, queues, resources, taskLog } = store;

    const enqueue = new ApiFunction(this, 'Enqueue', {
      entry: 'functions/api/lambdas/enqueue.ts',
      resources,
      network,
      xray,
      // The task log is retried for 20 s. If it stays down, the task is accepted anyway.
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });
    const query = new ApiFunction(this, 'Query', {
      entry: 'functions/api/lambdas/query.ts',
      resources,
      network,
      xray,
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });
    const manage = new ApiFunction(this, 'Manage', {
      entry: 'functions/api/lambdas/manage.ts',
      resources,
      network,
      xray,
      // A request that changes all tasks of a caller works for up to 15 s.
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });

    // It needs no permissions. The document would be a tenth of the code of another function.
    const docs = new ApiFunction(this, 'Docs', { entry: 'functions/api/lambdas/docs.ts', xray });

    for (const queue of queues) {
      queue.grantEnqueue(enqueue);
      queue.grantEnqueue(manage);
      queue.grantInspect(query);
    }
    for (const grantee of [enqueue, query, manage]) store.grantConnect(grantee);
    taskLog?.grantRecord(enqueue);
    taskLog?.grantQuery(query);
    taskLog?.grantManage(manage);
    files.grantOffload(enqueue);
    files.grantDownload(query);
    files.grantManage(manage);
    this.stream =
      taskLog &&
      new TableStreamConsumer(this, 'TableStream', {
        taskLog,
        resources,
        eventBus: config.events?.bus,
      });

    this.http = new TaskQueueHttpApi(this, 'Api', {
      functions: {
        enqueue: enqueue.function,
        query: query.function,
        manage: manage.function,
        docs: docs.function,
      },
      config,
    });
    const ofApi = [enqueue, query, manage, docs].map((api) => api.function);
    this.functions = this.stream ? [...ofApi, this.stream.function] : ofApi;
    this.dataUsers = this.functions.filter((each) => each !== docs.function);
  }
}
