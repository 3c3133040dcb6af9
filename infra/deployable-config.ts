import type { TaskQueueConfig } from '../shared/config/config.ts';
import { loadConfig } from '../shared/config/load-config.ts';
import { ConfigInvalidError, type FieldProblem } from '../shared/errors.ts';

/** Queues that AWS has no counterpart for: they run their tasks in the caller. */
export const inCallerProblems = ({ queues }: Pick<TaskQueueConfig, 'queues'>): FieldProblem[] =>
  queues
    .filter(({ broker }) => broker.type === 'memory')
    .map(({ name }) => ({
      path: `queues.${name}`,
      message: 'the broker "memory" runs tasks in the caller: give it the broker "sqs" or "rds"',
    }));

/**
 * Reads the configuration and refuses what cannot be deployed.
 * @throws {ConfigInvalidError} naming every problem
 */
export function loadDeployableConfig(path: string): TaskQueueConfig {
  const config = loadConfig(path);
  const problems = inCallerProblems(config);
  if (problems.length > 0) throw new ConfigInvalidError(path, problems);
  return config;
}

/** Whether people can mend this by editing the configuration; its message is then all they need. */
export function isConfigError(error: unknown): error is ConfigInvalidError {
  return error instanceof ConfigInvalidError;
}
