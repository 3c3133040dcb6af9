import { defined } from '../../shared/defined.ts';

/** Settings of an AWS SDK client. The SDK finds absent settings itself. */
export type AwsSettings = {
  readonly region?: string;
  readonly profile?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | undefined;
  };
  readonly logger?: typeof QUIET;
};

const ignore = (): void => undefined;

/** With a profile, the SDK warns on standard error about keys of the process that it does not use. */
const QUIET = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Region and credentials by the variables in `env`, with the precedence of the SDK: a profile wins over
 * keys, and an empty variable counts as unset. The SDK itself only reads the environment of the process:
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export function awsSettings(env: NodeJS.ProcessEnv): AwsSettings {
  if (env === process.env) return {};
  const { AWS_REGION: region, ...variables } = env;
  return defined({ region: region || undefined, ...credentialsOf(variables) });
}

function credentialsOf(env: NodeJS.ProcessEnv): AwsSettings {
  const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: accessKeyId } = env;
  const { AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (profile) return { profile, logger: QUIET };
  if (!accessKeyId || !secretAccessKey) return {};
  return { credentials: { accessKeyId, secretAccessKey, sessionToken: token || undefined } };
}
