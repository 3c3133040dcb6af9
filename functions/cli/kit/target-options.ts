import { readLocalDeployment } from '../../local-deployment.ts';

/** The options of every command that say what it works on. */
export type TargetOptions = {
  readonly config?: string;
  readonly stack?: string;
  readonly awsProfile?: string;
  readonly region?: string;
};

const DEFAULT_CONFIG = 'task-queue.config.json';

/** The configuration file of these options, else of the local deployment. It need not exist. */
export const configPathOf = ({ config }: TargetOptions): string =>
  config ?? process.env['TASK_QUEUE_CONFIG'] ?? readLocalDeployment()?.configPath ?? DEFAULT_CONFIG;
