import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { WAITING_TIMEOUT_SECONDS } from '../../shared/config/waiting.ts';
import { ApiFunction } from '../constructs/api-function.ts';
import { TaskQueueHttpApi } from '../constructs/http-api.ts';
import { TableStreamConsumer } from '../constructs/table-stream-consumer.ts';
import type { DataStack } from './data-stack.ts';

export interface ApiStackProps extends StackProps {
  /** What the API reads and writes. */
  readonly data: DataStack;

  /** Who may call it, and how. */
  readonly config: TaskQueueConfig;
}

/** The HTTP API, one function for each set of permissions, and what keeps its statistics. */
export class ApiStack extends Stack {
  readonly api: TaskQueueHttpApi;
  /** Absent: the task log is in a database. */
  readonly stream: TableStreamConsumer | undefined;
  /** All of them, to be watched. */
  readonly functions: readonly IFunction[];
  /** Those that read or write what tasks leave behind. */
  readonly dataUsers: readonly IFunction[];

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { config, data } = props;
    const { files, network, queues, resources, taskLog } = data;

    const enqueue = new ApiFunction(this, 'Enqueue', {
      entry: 'functions/api/enqueue.ts',
      resources,
      network,
      // A task log that is away is tried for 20 s, and the task is accepted all the same.
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });
    const query = new ApiFunction(this, 'Query', {
      entry: 'functions/api/query.ts',
      resources,
      network,
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });
    const manage = new ApiFunction(this, 'Manage', {
      entry: 'functions/api/manage.ts',
      resources,
      network,
      // Deciding over all tasks of a caller goes on for 15 s.
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });

    // It reads nothing, and is large: the document is a tenth of the function that would answer it else.
    const docs = new ApiFunction(this, 'Docs', { entry: 'functions/api/docs.ts' });

    for (const queue of queues) {
      queue.grantEnqueue(enqueue);
      queue.grantEnqueue(manage);
      queue.grantInspect(query);
    }
    for (const grantee of [enqueue, query, manage]) data.grantConnect(grantee);
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
        ...(config.events && { eventBus: config.events.bus }),
      });

    this.api = new TaskQueueHttpApi(this, 'Api', {
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
    const description =
      config.auth.type === 'iam' ? 'Sign requests with SigV4' : 'Send a JWT as a bearer token';
    new CfnOutput(this, 'ApiUrl', { value: this.api.url, description });
  }
}
