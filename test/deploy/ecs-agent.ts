import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callQuery } from './call-aws.ts';
import type { Emulator } from './emulator.ts';

/**
 * Replaces Fargate's agent, which serves the credentials of the task's role and accepts requests for
 * scale-in protection. The emulator would need Docker for it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
export async function startEcsAgent(emulator: Emulator, roleArn: string) {
  const credentials = await assumeRole(emulator, roleArn);
  const server = createServer((request, response) => {
    request.resume();
    const isProtection = request.url?.endsWith('/task-protection/v1/state') ?? false;
    response.setHeader('content-type', 'application/json');
    response.end(isProtection ? '{}' : JSON.stringify({ RoleArn: roleArn, ...credentials }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** As the agent sets them. */
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v2/credentials/worker`,
      ECS_AGENT_URI: `${url}/api/worker`,
    },
    stop: () => server.close(),
  };
}

/** The temporary credentials of a role, as the agent answers them. */
async function assumeRole(emulator: Emulator, roleArn: string) {
  const { SessionToken, ...keys } = await callQuery(
    emulator,
    'sts',
    {
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'worker',
    },
    ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'],
  );
  return { ...keys, Token: SessionToken };
}
