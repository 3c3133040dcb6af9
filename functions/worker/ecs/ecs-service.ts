import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListTasks,
} from '@aws-sdk/client-ecs';
import { neededWorkers, type ServiceState } from './retirement.ts';

/** The names under which ECS knows this worker. */
type Identity = {
  readonly cluster: string;
  readonly service: string;
  readonly taskArn: string;
  /** The deployment that started it. */
  readonly deploymentId: string;
};

/** ECS writes the service of a task into its group, after this prefix. */
const GROUP_OF_SERVICE = 'service:';

/** Timeout of one request. The next try is a minute later. */
const TIMEOUT_MS = 10_000;

/** The ECS service that this worker belongs to. */
export class EcsService {
  readonly #client = new ECSClient();
  readonly #metadataUri: string;
  #identity: Identity | undefined;

  /** @param metadataUri value of the variable `ECS_CONTAINER_METADATA_URI_V4` */
  constructor(metadataUri: string) {
    this.#metadataUri = metadataUri;
  }

  /**
   * Returns true if the service has too many workers and this one is surplus. All workers of a deployment
   * agree on which, because they read the same sorted list. Takes one to three requests.
   * @throws {Error} as ECS answers, and when this worker is not a task of a service
   */
  async isSurplus(): Promise<boolean> {
    this.#identity ??= await this.#whoAmI();
    const { taskArn, deploymentId } = this.#identity;
    const state = await this.#state(this.#identity);
    const needed = neededWorkers(state, deploymentId);
    if (needed === 0) return true;
    const { running = 0 } = state.deployments.find(({ id }) => id === deploymentId) ?? {};
    if (running <= needed) return false;
    const arns = await this.#workersOf(this.#identity);
    return arns.indexOf(taskArn) >= needed;
  }

  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html */
  async #whoAmI(): Promise<Identity> {
    const response = await fetch(`${this.#metadataUri}/task`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { Cluster: cluster, TaskARN: taskArn } = (await response.json()) as Metadata;
    const { tasks = [] } = await this.#client.send(
      new DescribeTasksCommand({ cluster, tasks: [taskArn] }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    const { group = '', startedBy = '' } = tasks[0] ?? {};
    if (!group.startsWith(GROUP_OF_SERVICE))
      throw new Error(`${taskArn} does not belong to a service`);
    const service = group.slice(GROUP_OF_SERVICE.length);
    return { cluster, service, taskArn, deploymentId: startedBy };
  }

  async #state({ cluster, service }: Identity): Promise<ServiceState> {
    const { services = [] } = await this.#client.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    const [found] = services;
    if (!found) throw new Error(`ECS has no service ${service} in cluster ${cluster}`);
    const deployments = (found.deployments ?? []).map((deployment) => ({
      id: deployment.id ?? '',
      isPrimary: deployment.status === 'PRIMARY',
      // Workers of a version that fails do not count: ECS rolls it back.
      running: deployment.failedTasks ? 0 : (deployment.runningCount ?? 0),
    }));
    return { desired: found.desiredCount ?? 0, deployments };
  }

  async #workersOf({ cluster, deploymentId: startedBy }: Identity): Promise<string[]> {
    const arns: string[] = [];
    const pages = paginateListTasks(
      { client: this.#client },
      // ECS allows no other filter beside `startedBy`. It lists tasks that should run.
      { cluster, startedBy },
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    for await (const { taskArns = [] } of pages) arns.push(...taskArns);
    return arns.sort();
  }
}

type Metadata = { readonly Cluster: string; readonly TaskARN: string };
