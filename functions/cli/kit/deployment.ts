import { RESOURCES_VARIABLE } from '../../../shared/deployment/resources-variable.ts';
import { readLocalDeployment } from '../../local-deployment.ts';
import { CliError, EXIT, usageError } from './cli-error.ts';

/** Options of every command that say what it works on. */
export type DeploymentOptions = {
  readonly config?: string;
  readonly stack?: string;
  readonly awsProfile?: string;
  readonly region?: string;
};

export type Deployment = {
  /** For people: "stack TaskQueue". */
  readonly title: string;
  /** Variables in addition to those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** It runs on this machine: Ctrl-C should not take 20 s. */
  readonly isLocal: boolean;
};

const DEFAULT_CONFIG = 'task-queue.config.json';

/**
 * What the commands work on: the stack that is named, else what the variables say, else what runs
 * on this machine. @throws {CliError} when it is none of them
 */
export async function findDeployment(
  options: DeploymentOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Deployment> {
  const access = accessOf(options);
  if (options.stack !== undefined) return deployedStack(options.stack, access);
  if (env[RESOURCES_VARIABLE] !== undefined) {
    return { title: `the resources of ${RESOURCES_VARIABLE}`, env: access, isLocal: false };
  }
  if (Object.keys(access).length > 0) throw usageError('--aws-profile and --region need --stack.');
  const local = readLocalDeployment();
  if (local === undefined) throw nothingFound();
  return { title: local.apiUrl ?? 'this machine', env: local.env, isLocal: true };
}

/**
 * The configuration file that these options, or else the deployment here, mean. It need not exist.
 */
export const configPathOf = (
  { config }: DeploymentOptions,
  env: NodeJS.ProcessEnv = process.env,
): string =>
  config ?? env['TASK_QUEUE_CONFIG'] ?? readLocalDeployment()?.configPath ?? DEFAULT_CONFIG;

function accessOf({ awsProfile, region }: DeploymentOptions): Record<string, string> {
  return {
    // Empty, keys of the environment are as if unset: they would win, or be warned of.
    ...(awsProfile !== undefined && {
      AWS_PROFILE: awsProfile,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
    }),
    ...(region !== undefined && { AWS_REGION: region }),
  };
}

async function deployedStack(name: string, access: Record<string, string>): Promise<Deployment> {
  // The SDK's client reads them from there.
  Object.assign(process.env, access);
  const { findDeployedStack } = await import('../../wiring/deployed-stack.ts');
  const resources = await findDeployedStack(name).catch((cause: unknown) => {
    const message = `The stack "${name}" could not be looked up${inWords(access)}.`;
    throw new CliError(message, EXIT.refused, { cause });
  });
  if (resources === undefined) {
    throw new CliError(
      `There is no stack "${name}" or "${name}-Data" of a task queue in this account and region.\n` +
        'Look at `aws cloudformation list-stacks`, and at --aws-profile and --region.',
    );
  }
  return {
    title: `stack ${name}`,
    env: { ...access, [RESOURCES_VARIABLE]: resources },
    isLocal: false,
  };
}

function inWords({ AWS_PROFILE: profile, AWS_REGION: region }: Record<string, string>): string {
  const given = [profile && `profile "${profile}"`, region && `region "${region}"`].filter(Boolean);
  return given.length > 0 ? ` with ${given.join(' and ')}` : '';
}

const nothingFound = (): CliError =>
  new CliError(
    'There is no task queue to work on. Start one on this machine with `npm start`, name a deployed\n' +
      `one with --stack, as in --stack TaskQueue, or set ${RESOURCES_VARIABLE}.`,
  );
