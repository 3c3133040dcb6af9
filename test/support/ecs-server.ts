import { answer, type Reaction, serverThat } from './answering-server.ts';

const CLUSTER = 'arn:aws:ecs:eu-west-1:123456789012:cluster/workers';
export const arnOf = (task: string): string =>
  `arn:aws:ecs:eu-west-1:123456789012:task/workers/${task}`;

/** A deployment of the service, with the tasks of it that run. */
export type DeploymentOfService = {
  readonly id: string;
  readonly tasks: readonly string[];
  readonly failedTasks?: number;
};

/**
 * ECS as one of its tasks sees it: the metadata and the agent beside it, and the API of the service. The
 * first deployment is the primary one. Change `service` and `refusal` as you like.
 */
export async function ecsWith(self: string, deployment: string) {
  const service = { desired: 1, deployments: [] as readonly DeploymentOfService[] };
  const state = { service, refusal: '', isInService: true };

  const actions: Record<string, (input: Record<string, unknown>) => object> = {
    DescribeTasks: () => ({
      tasks: [
        {
          taskArn: arnOf(self),
          group: state.isInService ? 'service:Worker' : 'family:Worker',
          startedBy: deployment,
        },
      ],
    }),
    DescribeServices: ({ services }) => ({
      services: [
        {
          serviceName: String(services),
          desiredCount: service.desired,
          deployments: service.deployments.map(({ id, tasks, failedTasks = 0 }, index) => ({
            id,
            failedTasks,
            status: index === 0 ? 'PRIMARY' : 'ACTIVE',
            runningCount: tasks.length,
          })),
        },
      ],
    }),
    // One in a page: ECS has up to a hundred.
    ListTasks: ({ cluster: _cluster, startedBy, nextToken = 0, ...filters }) => {
      if (Object.keys(filters).length > 0)
        throw new Error(`${Object.keys(filters)} beside startedBy`);
      const tasks = service.deployments.find(({ id }) => id === startedBy)?.tasks ?? [];
      const next = Number(nextToken) + 1;
      return {
        taskArns: tasks.slice(next - 1, next).map(arnOf),
        ...(next < tasks.length && { nextToken: String(next) }),
      };
    },
  };

  const react: Reaction = (response, seen) => {
    const { url = '', headers } = seen.request;
    const action = String(headers['x-amz-target']).split('.').at(-1) ?? '';
    if (url.endsWith('/task')) {
      answer(200, { Cluster: CLUSTER, TaskARN: arnOf(self) })(response, seen);
    } else if (url.endsWith('/task-protection/v1/state')) {
      answer(200, state.refusal ? { failure: { Reason: state.refusal } } : {})(response, seen);
    } else {
      const body = actions[action]?.(JSON.parse(seen.body)) ?? {};
      answer(200, body, 'application/x-amz-json-1.1')(response, seen);
    }
  };
  const { seen, url } = await serverThat(react);
  return {
    state,
    service,
    /** The agent's requests, in order. */
    wishes: (): boolean[] =>
      seen
        .filter(({ request }) => request.method === 'PUT')
        .map(({ body }) => JSON.parse(body).ProtectionEnabled),
    /** The calls of ECS's API, in order. */
    asked: (): string[] =>
      seen.flatMap(({ request: { headers } }) =>
        headers['x-amz-target'] ? [String(headers['x-amz-target']).split('.').at(-1) ?? ''] : [],
      ),
    env: {
      ECS_AGENT_URI: `${url}/api/worker`,
      ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/worker`,
      AWS_ENDPOINT_URL_ECS: url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  };
}
