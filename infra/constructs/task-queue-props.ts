import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import {
  type ConfigInput,
  parseConfig,
  persistencesOf,
  type TaskQueueConfig,
} from '../../shared/config/config.ts';
import type { BUILT_IN_STRATEGIES } from '../../shared/config/schema.ts';
import { defined } from '../../shared/defined.ts';
import {
  type DeploymentOptions,
  parseDeploymentOptions,
} from '../../shared/deployment/deployment-options.ts';
import { ConfigInvalidError, type FieldProblem } from '../../shared/errors.ts';
import { undeployable } from '../deployable-config.ts';
import { findTasks, type ProjectTasks, sourceOf } from './project-tasks.ts';
import type { WorkerServiceNetwork } from './worker/worker-service.ts';

/** Properties with the names and values of task-queue.config.json. */
export interface TaskQueueConfigProps {
  /**
   * At least one queue, each with its name, weight (1 to 10,000), broker and the other settings of
   * docs/configuration.md. A removed queue stays in the account until you delete it by hand.
   */
  readonly queues: ConfigInput['queues'];

  /**
   * Queue of tasks without an associated queue.
   * @default the first
   */
  readonly defaultQueue?: string;

  /**
   * Task name → queue name.
   * @default none: task definitions choose, or tasks go to the default queue
   */
  readonly taskQueues?: Readonly<Record<string, string>>;

  /**
   * A built-in strategy, or the name of one that `strategies.ts` exports: `defineStrategy`.
   * @default 'weighted'
   */
  readonly strategy?: (typeof BUILT_IN_STRATEGIES)[number] | (string & Record<never, never>);

  /** @default a DynamoDB table, where a task is kept for 30 days after its end */
  readonly taskLog?: ConfigInput['taskLog'];

  /**
   * Settings of one worker: `concurrency`, 1 to 1,000 parallel tasks (10), and its times in seconds.
   * @default those of docs/configuration.md
   */
  readonly worker?: ConfigInput['worker'];

  /**
   * EventBridge bus that receives an event when a task has ended.
   * @default none
   */
  readonly events?: ConfigInput['events'];

  /**
   * Who may call the API.
   * @default IAM principals with the permission
   */
  readonly auth?: ConfigInput['auth'];

  /**
   * Throttling, and the origins whose pages may call.
   * @default 100 requests a second; no page of another origin
   */
  readonly api?: ConfigInput['api'];
}

export interface TaskQueueProps extends TaskQueueConfigProps {
  /**
   * Absolute path of a folder with two modules: `contracts.ts` exports the array `contracts`, what
   * `defineTask` returned; `handlers.ts` exports the array `handlers`, what `handledBy` returned.
   * `strategies.ts` is optional. They are bundled with esbuild, with all that they import: contracts into
   * the API, all into the worker. `.mts`, `.js` and `.mjs` are fine as well.
   */
  readonly tasks: string;

  /**
   * In units of 1/1024 vCPU, 256 to 16,384.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
   * @default 256
   */
  readonly cpu?: number;

  /**
   * In MiB. Which values are allowed depends on `cpu`; for 256: 512, 1024, 2048.
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
   * @default 512
   */
  readonly memoryLimitMiB?: number;

  /**
   * Fewest workers, 0 to 1,000. 0: none while there is nothing to do.
   * @default 0; 1 with a queue on PostgreSQL
   */
  readonly minWorkers?: number;

  /**
   * Most workers, 1 to 1,000.
   * @default 3
   */
  readonly maxWorkers?: number;

  /**
   * Fargate Spot: about 70 % cheaper, and any worker may be stopped with two minutes' notice.
   * @default false
   */
  readonly spot?: boolean;

  /**
   * With `spot`: number of workers that are not on Spot, 0 to 1,000.
   * @default 1
   */
  readonly onDemandBase?: number;

  /**
   * Lets people run commands in a worker.
   * @default false
   */
  readonly exec?: boolean;

  /**
   * Traces of tasks in X-Ray, where Transaction Search must be on.
   * @default false
   */
  readonly xray?: boolean;

  /**
   * Address of an OpenTelemetry collector to which workers send traces instead, as OTLP over HTTP.
   * @default nowhere
   */
  readonly otlpEndpoint?: string;

  /**
   * Processor, memory and network of the workers in CloudWatch Container Insights.
   * @default false
   */
  readonly containerInsights?: boolean;

  /**
   * The network of the workers. Not with anything on PostgreSQL: then workers use the databases' network.
   * @default a network of their own: public addresses, nothing may connect to them, no NAT gateway
   */
  readonly network?: WorkerServiceNetwork;

  /**
   * Your own image, for handlers with native dependencies. docs/embed.md lists what
   * it must contain.
   * @default made of the worker and the handlers; Docker builds it when it is deployed
   */
  readonly workerImage?: ContainerImage;

  /**
   * The dimension `service` of the workers' metrics: 1 to 64 characters, one for each in an account.
   * @default made of the construct's path
   */
  readonly serviceName?: string;

  /**
   * How long a task of a queue may wait before there is an alarm, in seconds, by queue name: 60 to
   * 1,209,600.
   * @default 900 for all
   */
  readonly maxWaitSeconds?: Readonly<Record<string, number>>;

  /**
   * Action of the alarms, for example `new SnsAction(topic)`.
   * @default none: the alarms only change their state
   */
  readonly alarmAction?: IAlarmAction;
}

export type TaskQueueSettings = {
  readonly config: TaskQueueConfig;
  readonly options: DeploymentOptions;
  readonly tasks: ProjectTasks;
};

/** @throws {ConfigInvalidError} naming everything that is wrong with the props */
export function settingsOf(scope: Construct, props: TaskQueueProps): TaskQueueSettings {
  const problems: FieldProblem[] = [];
  const collect = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigInvalidError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const source = sourceOf(scope);
  const config = collect(() => parseConfig(configOf(props), source, 'any'));
  const queues = config?.queues ?? [];
  const options = collect(() => parseDeploymentOptions(optionsOf(props), { queues }));
  const { contracts, handlers, strategies, problems: missing } = findTasks(props.tasks);
  problems.push(...undeployable({ queues }), ...missing, ...placementProblems(props, config));
  if (!config || !options || !contracts || !handlers || problems.length > 0) {
    throw new ConfigInvalidError(source, problems);
  }
  return { config, options, tasks: { contracts, handlers, strategies } };
}

/** Databases are in their own network, and accept no connection from another one. */
function placementProblems(
  { network }: TaskQueueProps,
  config: TaskQueueConfig | undefined,
): FieldProblem[] {
  if (!network || !config || persistencesOf(config).length === 0) return [];
  const message =
    'must be left out with a queue or the task log on PostgreSQL: workers are where it is';
  return [{ path: 'network', message }];
}

/** Returns the properties as the content of a configuration file. */
function configOf(props: TaskQueueProps): object {
  const { queues, defaultQueue, taskQueues, strategy, taskLog, worker, events, auth, api } = props;
  const config = { queues, defaultQueue, taskQueues, strategy, taskLog, worker, events, auth, api };
  return defined(config);
}

/** Returns the properties as options of the command line, such as `-c spot=true`. */
function optionsOf(props: TaskQueueProps): Record<string, unknown> {
  const { minWorkers, maxWorkers, spot, onDemandBase, exec, maxWaitSeconds = {} } = props;
  const { containerInsights, otlpEndpoint, xray } = props;
  const waits = Object.entries(maxWaitSeconds).map(([queue, seconds]) => `${queue}=${seconds}`);
  return defined({
    ...{ minWorkers, maxWorkers, spot, onDemandBase, exec, containerInsights, otlpEndpoint, xray },
    maxWaitSeconds: waits.length > 0 ? waits.join(',') : undefined,
  });
}
