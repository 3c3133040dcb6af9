import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ApiFunction } from '../constructs/api-function.ts';
import { IamHttpApi } from '../constructs/http-api.ts';
import type { DataStack } from './data-stack.ts';

export interface ApiStackProps extends StackProps {
  /** What the API reads and writes. */
  readonly data: DataStack;
}

/** The HTTP API: one function for each set of permissions. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { queues, resources, taskLog } = props.data;

    const enqueue = new ApiFunction(this, 'Enqueue', {
      entry: 'functions/api/enqueue.ts',
      resources,
    });
    const query = new ApiFunction(this, 'Query', { entry: 'functions/api/query.ts', resources });
    const manage = new ApiFunction(this, 'Manage', {
      entry: 'functions/api/manage.ts',
      resources,
      // Deciding over all tasks of a caller goes on for 15 s.
      timeout: Duration.seconds(29),
    });

    for (const queue of queues) {
      queue.grantEnqueue(enqueue);
      queue.grantEnqueue(manage);
      queue.grantInspect(query);
    }
    taskLog.grantRecord(enqueue);
    taskLog.grantQuery(query);
    taskLog.grantManage(manage);

    const api = new IamHttpApi(this, 'Api', {
      functions: {
        enqueue: enqueue.function,
        query: query.function,
        manage: manage.function,
      },
    });
    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Sign requests with SigV4' });
  }
}
