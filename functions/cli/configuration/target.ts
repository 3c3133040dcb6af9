import { resolve } from 'node:path';
import {
  queuesWithoutAddress,
  RESOURCES_VARIABLE,
  type Resources,
  readResources,
} from '../../../shared/config/resources.ts';
import {
  findLocalDeployment,
  type LocalDeployment,
  writeLocalDeployment,
} from '../../local-deployment.ts';
import type { OwnServers } from '../../resource-wiring.ts';
import { type DeploymentOptions, findDeployment } from '../deployment.ts';

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
 * @throws {CliError | ConfigInvalidError}
 */
export async function findTarget(
  options: DeploymentOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target | undefined> {
  if (options.stack !== undefined || env[RESOURCES_VARIABLE] !== undefined) {
    const deployment = await findDeployment(options, env);
    return { ...deployment, resources: readResources({ ...env, ...deployment.env }) };
  }
  const access = accessOf(options);
  const found = findLocalDeployment(process.cwd());
  const servers = serversOf(env);
  if (found && mayBeMeant(found.deployment, servers)) {
    const { directory, deployment } = found;
    return ownTarget(directory, deployment, { ...deployment.env, ...access });
  }
  return servers && ownTarget(process.cwd(), {}, { ...variablesOf(servers), ...access });
}

/** Other servers than those that were noted have come since, unless those are running right here. */
const mayBeMeant = ({ pid, env }: LocalDeployment, servers: OwnServers | undefined): boolean =>
  pid !== undefined || servers === undefined || serversOf(env)?.sqs === servers.sqs;

/** Queues that need an address and have none, as far as anything is known. */
export const missingQueues = (
  config: Parameters<typeof queuesWithoutAddress>[0],
  target: Target | undefined,
): string[] => queuesWithoutAddress(config, target?.resources ?? { queues: {} });

function ownTarget(
  directory: string,
  noted: { readonly pid?: number; readonly apiUrl?: string },
  env: Record<string, string>,
): Target | undefined {
  const found = serversOf(env);
  if (!found) return undefined;
  const { pid, apiUrl } = noted;
  const resources = env[RESOURCES_VARIABLE] === undefined ? undefined : readResources(env);
  const [known] = Object.values(resources?.databases ?? {});
  const servers = { ...found, database: process.env['DATABASE_URL'] ?? known?.url };
  return {
    title: apiUrl ?? servers.sqs,
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

/** Of the SDK's variables. AWS itself is not for this command line to create things in: CDK does. */
function serversOf(env: NodeJS.ProcessEnv): OwnServers | undefined {
  const endpoint = (service: string): string | undefined => {
    const url = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'];
    return url !== undefined && URL.canParse(url) && !isAws(url) ? url : undefined;
  };
  const [sqs, dynamodb, s3] = ['SQS', 'DYNAMODB', 'S3'].map(endpoint);
  return sqs === undefined || dynamodb === undefined ? undefined : { sqs, dynamodb, s3 };
}

const isAws = (url: string): boolean => /\.amazonaws\.com(\.cn)?$/.test(new URL(url).hostname);

const variablesOf = ({ sqs, dynamodb, s3 }: OwnServers): Record<string, string> => ({
  AWS_REGION: process.env['AWS_REGION'] ?? 'us-east-1',
  AWS_ENDPOINT_URL_SQS: sqs,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
  AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamodb,
  ...(s3 !== undefined && { AWS_ENDPOINT_URL_S3: s3 }),
});

function accessOf({ awsProfile, region }: DeploymentOptions): Record<string, string> {
  return {
    ...(awsProfile !== undefined && { AWS_PROFILE: awsProfile }),
    ...(region !== undefined && { AWS_REGION: region }),
  };
}
