import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import {
  queuesWithoutAddress,
  RESOURCES_VARIABLE,
  type Resources,
  readResources,
} from '../../../shared/deployment/resources.ts';
import {
  findLocalDeployment,
  type LocalDeployment,
  writeLocalDeployment,
} from '../../local-deployment.ts';
import type { OwnServers } from '../../wiring/resources.ts';
import { CliError, EXIT, usageError } from './cli-error.ts';
import type { TargetOptions } from './target-options.ts';

/** The target of a command: the place of the configuration's queues. */
export type Target = {
  /** For people: "stack TaskQueue". */
  readonly title: string;
  /** The variables of this process, and over them those that lead to the target. */
  readonly env: NodeJS.ProcessEnv;
  /** The target runs on this machine: Ctrl-C should not take 20 s. */
  readonly isLocal: boolean;
  /** Absent if nothing was created there yet. */
  readonly resources: Resources | undefined;
  /** Servers on which the CLI creates what is missing. Absent if CDK or another tool does. */
  readonly own?: {
    readonly servers: OwnServers;
    /** Notes where things are, so that other commands find them. @param configPath absolute */
    record(resources: Resources, configPath: string): void;
  };
};

type Variables = Readonly<Record<string, string>>;

/** Where a command is run. */
type Place = { readonly env: NodeJS.ProcessEnv; readonly directory: string };

/**
 * Finds the target: the stack of --stack, else the resources of the variable, else the local stack or
 * the servers of the endpoint variables. All commands find it here, so that --stack, --region and
 * --aws-profile mean the same in each.
 * @param config what has to be there: for some configurations a database is enough
 * @returns nothing if there is no target
 * @throws {CliError | ConfigInvalidError}
 */
export async function findTarget(
  options: TargetOptions,
  config: TaskQueueConfig,
  place: Place,
): Promise<Target | undefined> {
  const { env } = place;
  const access = accessOf(options);
  if (options.stack !== undefined)
    return deployedStack(options.stack, { ...env, ...access }, options);
  if (env[RESOURCES_VARIABLE] !== undefined) {
    return deployed(`the resources of ${RESOURCES_VARIABLE}`, { ...env, ...access });
  }
  const found = localTarget(config, place, access);
  // Without --stack the emulators of `npm start` would be taken for the region that was named.
  if (Object.keys(access).length > 0 && (!found || found.isEmulated)) {
    throw usageError('--aws-profile and --region need --stack.');
  }
  return found?.target;
}

/** The variables of --aws-profile and --region. */
function accessOf({ awsProfile, region }: TargetOptions): Variables {
  // Empty counts as unset: keys of the environment must not win over the profile.
  const noKeys = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' };
  const profile = awsProfile === undefined ? {} : { AWS_PROFILE: awsProfile, ...noKeys };
  return region === undefined ? profile : { ...profile, AWS_REGION: region };
}

const deployed = (title: string, env: NodeJS.ProcessEnv): Target => ({
  title,
  env,
  isLocal: false,
  resources: readResources(env),
});

async function deployedStack(
  name: string,
  env: NodeJS.ProcessEnv,
  { awsProfile, region }: TargetOptions,
): Promise<Target> {
  const { findDeployedStack } = await import('../../wiring/deployed-stack.ts');
  const resources = await findDeployedStack(name, env).catch((cause: unknown) => {
    const given = [awsProfile && `profile "${awsProfile}"`, region && `region "${region}"`];
    const access = given.filter(Boolean).join(' and ');
    const message = `The stack "${name}" could not be looked up${access && ` with ${access}`}.`;
    throw new CliError(message, EXIT.refused, { cause });
  });
  if (resources === undefined) {
    throw new CliError(
      `There is no stack "${name}" or "${name}-Data" of a task queue in this account and region.\n` +
        'Check `aws cloudformation list-stacks`, --aws-profile and --region.',
    );
  }
  return deployed(`stack ${name}`, { ...env, [RESOURCES_VARIABLE]: resources });
}

type Found = { readonly target: Target; readonly isEmulated: boolean };

/** Returns what `npm start` runs, what `init` noted, or the servers in the endpoint variables. */
function localTarget(
  config: TaskQueueConfig,
  { env, directory: here }: Place,
  access: Variables,
): Found | undefined {
  const found = findLocalDeployment(here);
  const servers = serversOf(env);
  const isEnough = needsAws(config) ? isAwsLike(servers) : servers.database !== undefined;
  if (found && (!isEnough || mayBeMeant(found.deployment, servers))) {
    const { directory, deployment } = found;
    const target = ownTarget(directory, deployment, { ...deployment.env, ...access }, env);
    return { target, isEmulated: deployment.pid !== undefined };
  }
  if (!isEnough) return undefined;
  const variables = { ...variablesOf(servers, env), ...access };
  return { target: ownTarget(here, {}, variables, env), isEmulated: false };
}

/** Whether anything is neither on PostgreSQL nor in memory. */
const needsAws = ({ queues, taskLog }: TaskQueueConfig): boolean =>
  taskLog.type !== 'postgres' || queues.some(({ broker }) => broker.type === 'sqs');

const isAwsLike = ({ sqs, dynamodb }: OwnServers): boolean =>
  sqs !== undefined && dynamodb !== undefined;

/** The variables may name other servers than those noted, but not while the noted ones run here. */
function mayBeMeant({ pid, env }: LocalDeployment, servers: OwnServers): boolean {
  if (pid !== undefined) return true;
  const noted = notedServers(env);
  if (servers.sqs !== undefined) return noted.sqs === servers.sqs;
  return noted.sqs !== undefined || noted.database === servers.database;
}

/** Reads what an earlier `init` or `npm start` has noted. */
function notedServers(env: Variables): OwnServers {
  const [known] = Object.values(notedResources(env)?.databases ?? {});
  return serversOf({ ...env, DATABASE_URL: known?.url });
}

const notedResources = (env: Variables): Resources | undefined =>
  env[RESOURCES_VARIABLE] === undefined ? undefined : readResources(env);

function ownTarget(
  directory: string,
  { pid, apiUrl }: Pick<LocalDeployment, 'pid' | 'apiUrl'>,
  variables: Variables,
  env: NodeJS.ProcessEnv,
): Target {
  const known = notedServers(variables);
  // The noted database has tasks in it; the variable may name another one.
  const servers = { ...known, database: known.database ?? env['DATABASE_URL'] };
  return {
    title: apiUrl ?? servers.sqs ?? hostOf(servers.database),
    env: { ...env, ...variables },
    isLocal: true,
    resources: notedResources(variables),
    own: {
      servers,
      record: (resources, configPath) => {
        const noted = { ...variables, [RESOURCES_VARIABLE]: JSON.stringify(resources) };
        writeLocalDeployment({ pid, apiUrl, configPath, env: noted }, directory);
      },
    },
  };
}

/** Without the password. */
const hostOf = (url = ''): string => (URL.canParse(url) ? new URL(url).host : 'this machine');

/** The servers of the SDK's endpoint variables. On AWS itself, CDK creates things and not the CLI. */
function serversOf(env: NodeJS.ProcessEnv): OwnServers {
  const endpoint = (service: string): string | undefined => {
    const url = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'];
    return url !== undefined && URL.canParse(url) && !isAws(url) ? url : undefined;
  };
  const [sqs, dynamodb, s3] = ['SQS', 'DYNAMODB', 'S3'].map(endpoint);
  return { sqs, dynamodb, s3, database: env['DATABASE_URL'] };
}

const isAws = (url: string): boolean => /\.amazonaws\.com(\.cn)?$/.test(new URL(url).hostname);

function variablesOf({ sqs, dynamodb, s3 }: OwnServers, env: NodeJS.ProcessEnv): Variables {
  const endpoints = Object.entries({
    AWS_ENDPOINT_URL_SQS: sqs,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamodb,
    AWS_ENDPOINT_URL_S3: s3,
  }).flatMap(([name, url]) => (url === undefined ? [] : [[name, url] as const]));
  if (endpoints.length === 0) return {};
  return { AWS_REGION: env['AWS_REGION'] ?? 'us-east-1', ...Object.fromEntries(endpoints) };
}

/** Queues that need an address and have none, as far as anything is known. */
export const missingQueues = (
  config: Parameters<typeof queuesWithoutAddress>[0],
  target: Target | undefined,
): string[] => queuesWithoutAddress(config, target?.resources ?? { queues: {} });
