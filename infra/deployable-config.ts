import type { OwnStrategyNames, TaskQueueConfig } from '../shared/config/config.ts';
import { loadConfig } from '../shared/config/config-file.ts';
import { ConfigInvalidError, type FieldProblem } from '../shared/errors.ts';

/**
 * Each queue's two addresses take about 250 bytes. Lambda allows 4 KB of environment.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_QUEUES_ON_SQS = 14;

/** Lists the parts of a valid configuration that cannot be deployed. */
export function undeployable({ queues }: Pick<TaskQueueConfig, 'queues'>): FieldProblem[] {
  const of = (type: string) => queues.filter(({ broker }) => broker.type === type);
  const onSqs = of('sqs').length;
  // AWS has no counterpart for them.
  const inMemory = of('memory').map(({ name }) => ({
    path: `queues.${name}`,
    message: 'the broker "memory" runs tasks in the caller: give it the broker "sqs" or "postgres"',
  }));
  if (onSqs <= MAX_QUEUES_ON_SQS) return inMemory;
  const message = `${onSqs} are on SQS, and a deployment has room for ${MAX_QUEUES_ON_SQS}: the addresses of more do not fit into the environment of a Lambda function. Make two deployments of them (stage), or put some on "postgres"`;
  return [...inMemory, { path: 'queues', message }];
}

/**
 * Reads the configuration and refuses what cannot be deployed.
 * @throws {ConfigInvalidError} naming every problem
 */
export function loadDeployableConfig(
  path: string,
  ownStrategies: OwnStrategyNames = [],
): TaskQueueConfig {
  const config = loadConfig(path, ownStrategies);
  const problems = undeployable(config);
  if (problems.length > 0) throw new ConfigInvalidError(path, problems);
  return config;
}

/** Tells whether editing the configuration fixes the error. Its message is then all users need. */
export function isConfigError(error: unknown): error is ConfigInvalidError {
  return error instanceof ConfigInvalidError;
}
