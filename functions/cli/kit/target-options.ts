import { readLocalDeployment } from '../../local-deployment.ts';
import type { Host } from '../host.ts';

/** The options of every command that say what it works on. */
export type TargetOptions = {
  readonly config?: string;
  readonly stack?: string;
  readonly awsProfile?: string;
  readonly region?: string;
};

const DEFAULT_CONFIG = 'task-queue.config.json';

/** The configuration file of these options, else of the local deployment. It need not exist. */
export const configPathOf = (
  { config }: TargetOptions,
  { env, directory }: Pick<Host, 'env' | 'directory'>,
): string =>
  config ??
  env['TASK_QUEUE_CONFIG'] ??
  readLocalDeployment(directory)?.configPath ??
  DEFAULT_CONFIG;
