import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TaskApi, type TaskApiProps } from '../constructs/task-api.ts';

export interface ApiStackProps extends StackProps, TaskApiProps {}

/** The HTTP API, and the consumer that counts its statistics. */
export class ApiStack extends Stack {
  readonly api: TaskApi;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.api = new TaskApi(this, 'Default', props);
    const description =
      props.config.auth.type === 'iam'
        ? 'Sign requests with SigV4'
        : 'Send a JWT as a bearer token';
    new CfnOutput(this, 'ApiUrl', { value: this.api.http.url, description });
  }
}
