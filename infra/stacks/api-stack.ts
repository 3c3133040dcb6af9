import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ApiFunction } from '../constructs/api-function.ts';
import { IamHttpApi } from '../constructs/http-api.ts';
import { TableStreamConsumer } from '../constructs/table-stream-consumer.ts';
import type { DataStack } from './data-stack.ts';

export interface ApiStackProps extends StackProps {
  /** What the API reads and writes. */
  readonly data: DataStack;

  /** @see TableStreamConsumerProps.eventBus */
  readonly eventBus?: string | undefined;
}

/** The HTTP API, one function for each set of permissions, and what keeps its statistics. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { queues, resources, taskLog } = props.data;

    const enqueue = new ApiFunction(this, 'Enqueue', {
      entry: 'functions/api/enqueue.ts',
      resources,
    });
    const query = new ApiFunction(this, 'Query', { entry: 'functions/api/query.ts', resources });

    for (const queue of queues) {
      queue.grantEnqueue(enqueue);
      queue.grantInspect(query);
    }
    taskLog.grantRecord(enqueue);
    taskLog.grantQuery(query);
    new TableStreamConsumer(this, 'TableStream', {
      taskLog,
      resources,
      ...(props.eventBus !== undefined && { eventBus: props.eventBus }),
    });

    const api = new IamHttpApi(this, 'Api', {
      functions: { enqueue: enqueue.function, query: query.function },
    });
    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Sign requests with SigV4' });
  }
}
