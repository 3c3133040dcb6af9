import type { TaskQueueConfig } from '../shared/config/config.ts';
import { loadConfig } from '../shared/config/load-config.ts';

/** The configuration is valid on a laptop, but AWS has no counterpart for part of it. */
class ConfigNotDeployableError extends Error {
  readonly code = 'CONFIG_INVALID';
}

/**
 * Reads the configuration and refuses what cannot be deployed.
 * @throws an error with the code `CONFIG_INVALID` whose message names every problem
 */
export function loadDeployableConfig(path: string): TaskQueueConfig {
  const config = loadConfig(path);
  const inCaller = config.queues.filter(({ broker }) => broker.type === 'memory');
  if (inCaller.length > 0) {
    const names = inCaller.map(({ name }) => `"${name}"`).join(', ');
    throw new ConfigNotDeployableError(
      `The configuration ${path} cannot be deployed: the broker "memory" runs tasks in the caller. ` +
        `Give these queues the broker "sqs" or "rds": ${names}.`,
    );
  }
  return config;
}

/** Whether people can mend this by editing the configuration; its message is then all they need. */
export function isConfigError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'CONFIG_INVALID';
}
