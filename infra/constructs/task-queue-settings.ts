import type { Construct } from 'constructs';
import { parseConfig, persistencesOf, type TaskQueueConfig } from '../../shared/config/config.ts';
import { defined } from '../../shared/defined.ts';
import {
  type DeploymentOptions,
  parseDeploymentOptions,
} from '../../shared/deployment/deployment-options.ts';
import { ConfigInvalidError, type FieldProblem } from '../../shared/errors.ts';
import { undeployable } from '../deployable-config.ts';
import { findTasks, type ProjectTasks, sourceOf } from './project-tasks.ts';
import type { TaskQueueProps } from './task-queue-props.ts';

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
  const config = collect(() => parseConfig(configOf(props), source));
  const queues = config?.queues ?? [];
  const options = collect(() => parseDeploymentOptions(optionsOf(props), { queues }));
  const { contracts, handlers, problems: missing } = findTasks(props.tasks);
  problems.push(...undeployable({ queues }), ...missing, ...placementProblems(props, config));
  if (!config || !options || !contracts || !handlers || problems.length > 0) {
    throw new ConfigInvalidError(source, problems);
  }
  return { config, options, tasks: { contracts, handlers } };
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
