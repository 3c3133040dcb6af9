import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Output,
} from '@aws-sdk/client-cloudformation';
import { resourcesOfOutputs } from '../../shared/deployment/stack-outputs.ts';
import { awsSettings } from './aws-settings.ts';

/**
 * The value of `TASK_QUEUE_RESOURCES` for a deployed stack: the Data stack's own name, or its name
 * without `-Data`, as in `TaskQueue`. `undefined`: there is none, in this account and region.
 * @throws whatever AWS answers otherwise
 */
export async function findDeployedStack(
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const client = new CloudFormationClient(awsSettings(env));
  try {
    for (const candidate of [name, `${name}-Data`]) {
      const outputs = await outputsOf(client, candidate);
      const resources = resourcesOfOutputs(
        outputs.map(({ OutputKey: key = '', OutputValue: value = '' }) => ({ key, value })),
      );
      if (resources !== undefined) return resources;
    }
    return undefined;
  } finally {
    client.destroy();
  }
}

async function outputsOf(client: CloudFormationClient, StackName: string): Promise<Output[]> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.Outputs ?? [];
  } catch (error) {
    // CloudFormation's answer for a stack that does not exist.
    if (error instanceof CloudFormationServiceException && error.name === 'ValidationError')
      return [];
    throw error;
  }
}
