import { isAbsolute, join, relative } from 'node:path';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/**
 * Ways to credentials that a function never goes: its own are in its environment. The SDK imports them
 * when it has found none there; they are a fifth of a bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** Ways to a password and to libpq that `pg` tries only where it is told to, or is told nothing. */
const OTHER_POSTGRES = ['pg-native', 'pgpass'];

/** How entry points become one file. functions/worker/Dockerfile repeats it for the worker. */
export const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  minify: true,
  logLevel: LogLevel.WARNING,
  mainFields: ['module', 'main'],
  // A bundled SDK loads faster than the one in the runtime, and is the version the tests ran with.
  externalModules: [...OTHER_CREDENTIALS, ...OTHER_POSTGRES],
  // CommonJS packages in an ES module still call require for Node's own modules.
  banner:
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
} satisfies BundlingOptions;

/** Conditions of package.json's `imports`: whether bundles can talk to PostgreSQL. */
export type SqlCondition = 'with-sql' | 'without-sql';

/** `-c config=queues.json`: the configuration that is deployed and bundled, from the repository's root. */
export const configFileOf = (scope: Construct): string => {
  const file: unknown = scope.node.tryGetContext('config');
  const path = typeof file === 'string' ? file : 'task-queue.config.json';
  return isAbsolute(path) ? relative(REPOSITORY_ROOT, path) : path;
};

/** With the condition, and with the configuration that is deployed as `#config`. */
export const bundlingOf = (scope: Construct, sql: SqlCondition): BundlingOptions => ({
  ...BUNDLING,
  esbuildArgs: {
    // With conditions of one's own, "module" is no longer there by itself.
    '--conditions': `module,${sql}`,
    '--alias': `#config=${join(REPOSITORY_ROOT, configFileOf(scope))}`,
  },
});
