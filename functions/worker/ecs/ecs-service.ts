import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListTasks,
} from '@aws-sdk/client-ecs';
import { neededWorkers, type ServiceState } from './needed-workers.ts';

/** What ECS calls this worker. */
type Identity = {
  readonly cluster: string;
  readonly service: string;
  readonly taskArn: string;
  /** Of the deployment that started it. */
  readonly deploymentId: string;
};

/** How ECS notes in a task which service it belongs to. */
const GROUP_OF_SERVICE = 'service:';

/** Of a request: the next look is a minute later. */
const TIMEOUT_MS = 10_000;

/** The ECS service that this worker is a part of. */
export class EcsService {
  readonly #client = new ECSClient();
  readonly #metadataUri: string;
  #identity: Identity | undefined;

  /** @param metadataUri the variable `ECS_CONTAINER_METADATA_URI_V4` */
  constructor(metadataUri: string) {
    this.#metadataUri = metadataUri;
  }

  /**
   * Whether the service has too many workers, and this is one of those to go. All workers of a
   * deployment come to the same answer, because they read the same list. One to three requests.
   * @throws whatever ECS answers, and when this is no task of a service
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
    if (!group.startsWith(GROUP_OF_SERVICE)) throw new Error(`${taskArn} is of no service`);
    const service = group.slice(GROUP_OF_SERVICE.length);
    return { cluster, service, taskArn, deploymentId: startedBy };
  }

  async #state({ cluster, service }: Identity): Promise<ServiceState> {
    const { services = [] } = await this.#client.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    const [found] = services;
    if (!found) throw new Error(`ECS knows no service ${service} in ${cluster}`);
    const deployments = (found.deployments ?? []).map((deployment) => ({
      id: deployment.id ?? '',
      isPrimary: deployment.status === 'PRIMARY',
      // Those of a version that fails are not counted on: ECS takes it back.
      running: deployment.failedTasks ? 0 : (deployment.runningCount ?? 0),
    }));
    return { desired: found.desiredCount ?? 0, deployments };
  }

  async #workersOf({ cluster, deploymentId: startedBy }: Identity): Promise<string[]> {
    const arns: string[] = [];
    const pages = paginateListTasks(
      { client: this.#client },
      // No other filter may be beside it; those that are to run are what is listed.
      { cluster, startedBy },
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    for await (const { taskArns = [] } of pages) arns.push(...taskArns);
    return arns.sort();
  }
}

type Metadata = { readonly Cluster: string; readonly TaskARN: string };
