import { CfnOutput, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Grant, User } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ApiStack } from '../../infra/stacks/create-stacks.ts';

/** May call the API. Two of them, to see that each has tasks of its own. */
const CALLERS = ['Alice', 'Bob'];
/** Is of the account, and has no permission. */
const STRANGER = 'Mallory';

/** IAM users, as somebody would add to this deployment. The emulator's CloudFormation makes no keys. */
export class CallersStack extends Stack {
  constructor(scope: Construct, id: string, { api }: { readonly api: ApiStack }) {
    super(scope, id);
    const httpApi = api.node.findAll().find((node) => node instanceof HttpApi);
    if (httpApi === undefined) throw new Error('The Api stack has no HTTP API.');
    const resource = `${httpApi.apiId}/*`;
    const everyRoute = this.formatArn({ service: 'execute-api', resource });
    for (const name of [...CALLERS, STRANGER]) {
      const user = new User(this, name);
      if (name !== STRANGER) {
        const actions = ['execute-api:Invoke'];
        Grant.addToPrincipal({ grantee: user, actions, resourceArns: [everyRoute] });
      }
      new CfnOutput(this, `${name}User`, { value: user.userArn });
    }
  }
}
