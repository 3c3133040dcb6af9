import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WAITING_TIMEOUT_SECONDS } from '../../shared/config/waiting.ts';
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
    const query = new ApiFunction(this, 'Query', {
      entry: 'functions/api/query.ts',
      resources,
      timeout: Duration.seconds(WAITING_TIMEOUT_SECONDS),
    });

    for (const queue of queues) {
      queue.grantEnqueue(enqueue);
      queue.grantInspect(query);
    }
    taskLog.grantRecord(enqueue);
    taskLog.grantQuery(query);

    const api = new IamHttpApi(this, 'Api', {
      functions: { enqueue: enqueue.function, query: query.function },
    });
    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Sign requests with SigV4' });
  }
}
