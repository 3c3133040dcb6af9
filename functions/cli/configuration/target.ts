import { resolve } from 'node:path';
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
import { type DeploymentOptions, findDeployment } from '../kit/deployment.ts';

/** Where the queues of a configuration are, or are to be. */
export type Target = {
  /** For people. */
  readonly title: string;
  /** Variables in addition to those of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly isLocal: boolean;
  /** Absent: nothing was created there yet. */
  readonly resources: Resources | undefined;
  /** Servers on which this command line creates what is missing. Absent: CDK does, or somebody else. */
  readonly own?: {
    readonly servers: OwnServers;
    /** Notes where things are, for the other commands to find. */
    record(resources: Resources, configPath: string): void;
  };
};

/**
 * What the options name, else what the variables say, else what was started or initialised here.
 * @param config what is to be there: for some a database is enough
 * @throws {CliError | ConfigInvalidError}
 */
export async function findTarget(
  options: DeploymentOptions,
  config: TaskQueueConfig,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target | undefined> {
  if (options.stack !== undefined || env[RESOURCES_VARIABLE] !== undefined) {
    const deployment = await findDeployment(options, env);
    return { ...deployment, resources: readResources({ ...env, ...deployment.env }) };
  }
  const access = accessOf(options);
  const found = findLocalDeployment(process.cwd());
  const servers = serversOf(env);
  const isEnough = needsAws(config) ? isAwsLike(servers) : servers.database !== undefined;
  if (found && (!isEnough || mayBeMeant(found.deployment, servers))) {
    const { directory, deployment } = found;
    return ownTarget(directory, deployment, { ...deployment.env, ...access });
  }
  return isEnough
    ? ownTarget(process.cwd(), {}, { ...variablesOf(servers), ...access })
    : undefined;
}

/** Whether something is not on PostgreSQL, nor in whoever enqueues. */
const needsAws = ({ queues, taskLog }: TaskQueueConfig): boolean =>
  taskLog.type !== 'postgres' || queues.some(({ broker }) => broker.type === 'sqs');

const isAwsLike = ({ sqs, dynamodb }: OwnServers): boolean =>
  sqs !== undefined && dynamodb !== undefined;

/** Other servers than those that were noted have come since, unless those are running right here. */
function mayBeMeant({ pid, env }: LocalDeployment, servers: OwnServers): boolean {
  if (pid !== undefined) return true;
  const noted = notedServers(env);
  if (servers.sqs !== undefined) return noted.sqs === servers.sqs;
  return noted.sqs !== undefined || noted.database === servers.database;
}

/** What an earlier `init` or `npm start` has noted. */
function notedServers(env: Readonly<Record<string, string>>): OwnServers {
  const [known] = Object.values(notedResources(env)?.databases ?? {});
  return { ...serversOf({ ...env, DATABASE_URL: known?.url }) };
}

const notedResources = (env: Readonly<Record<string, string>>): Resources | undefined =>
  env[RESOURCES_VARIABLE] === undefined ? undefined : readResources(env);

/** Queues that need an address and have none, as far as anything is known. */
export const missingQueues = (
  config: Parameters<typeof queuesWithoutAddress>[0],
  target: Target | undefined,
): string[] => queuesWithoutAddress(config, target?.resources ?? { queues: {} });

function ownTarget(
  directory: string,
  noted: { readonly pid?: number; readonly apiUrl?: string },
  env: Record<string, string>,
): Target {
  const { pid, apiUrl } = noted;
  const resources = notedResources(env);
  const known = notedServers(env);
  // What is noted has tasks in it; a variable may be of something else.
  const servers = { ...known, database: known.database ?? process.env['DATABASE_URL'] };
  return {
    title: apiUrl ?? servers.sqs ?? hostOf(servers.database),
    env,
    isLocal: true,
    resources,
    own: {
      servers,
      record: (resources, configPath) =>
        writeLocalDeployment(
          {
            ...(pid !== undefined && { pid }),
            ...(apiUrl !== undefined && { apiUrl }),
            configPath: resolve(configPath),
            env: { ...env, [RESOURCES_VARIABLE]: JSON.stringify(resources) },
          },
          directory,
        ),
    },
  };
}

/** Without the password. */
const hostOf = (url = ''): string => (URL.canParse(url) ? new URL(url).host : 'this machine');

/** Of the SDK's variables. AWS itself is not for this command line to create things in: CDK does. */
function serversOf(env: NodeJS.ProcessEnv): OwnServers {
  const endpoint = (service: string): string | undefined => {
    const url = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'];
    return url !== undefined && URL.canParse(url) && !isAws(url) ? url : undefined;
  };
  const [sqs, dynamodb, s3] = ['SQS', 'DYNAMODB', 'S3'].map(endpoint);
  return { sqs, dynamodb, s3, database: env['DATABASE_URL'] };
}

const isAws = (url: string): boolean => /\.amazonaws\.com(\.cn)?$/.test(new URL(url).hostname);

function variablesOf({ sqs, dynamodb, s3 }: OwnServers): Record<string, string> {
  const endpoints = {
    ...(sqs !== undefined && { AWS_ENDPOINT_URL_SQS: sqs }),
    ...(dynamodb !== undefined && {
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamodb,
    }),
    ...(s3 !== undefined && { AWS_ENDPOINT_URL_S3: s3 }),
  };
  const isOnAws = Object.keys(endpoints).length > 0;
  return { ...(isOnAws && { AWS_REGION: process.env['AWS_REGION'] ?? 'us-east-1' }), ...endpoints };
}

function accessOf({ awsProfile, region }: DeploymentOptions): Record<string, string> {
  return {
    ...(awsProfile !== undefined && { AWS_PROFILE: awsProfile }),
    ...(region !== undefined && { AWS_REGION: region }),
  };
}
