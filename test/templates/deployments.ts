import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { parseConfig } from '../../shared/config/config.ts';

export type Deployment = {
  readonly name: string;
  /** From the root of the repository. */
  readonly configFile: string;
  /** Instead of the file's. */
  readonly settings: object;
  /** As given by `-c`. */
  readonly context: Readonly<Record<string, string>>;
};

const CONFIG_FILES = {
  dynamodb: 'task-queue.config.json',
  aurora: 'docs/examples/postgresql.json',
  mixed: 'docs/examples/mixed.json',
};
const WORKERS = { spot: { spot: 'true' }, 'on-demand': {} };
const AUTH = {
  iam: { type: 'iam' },
  jwt: { type: 'jwt', issuer: 'https://id.example.com/pool', audience: ['task-queue'] },
};

/** Every choice there is beside those. With `otlpEndpoint` instead of `xray`, a worker has a variable more and a permission less. */
const CHOICES = {
  stage: 'dev',
  spot: 'true',
  minWorkers: '2',
  exec: 'true',
  xray: 'true',
  containerInsights: 'true',
  kms: 'true',
  flowLogs: 'true',
  alarmEmail: 'operators@example.com',
  maxWaitSeconds: '900',
  budget: '100',
};
const CORS = { cors: { allowOrigins: ['https://app.example.com'] } };

/** {dynamodb, aurora, mixed} × ({spot, on-demand} × {iam, jwt} and every other choice). */
export const DEPLOYMENTS: readonly Deployment[] = Object.entries(CONFIG_FILES).flatMap(
  ([data, configFile]) => [
    ...Object.entries(WORKERS).flatMap(([workers, context]) =>
      Object.entries(AUTH).map(([type, auth]) => ({
        name: `${data}-${workers}-${type}`,
        configFile,
        settings: { auth },
        context,
      })),
    ),
    {
      name: `${data}-every-choice`,
      configFile,
      settings: {
        auth: AUTH.jwt,
        api: CORS,
        ...(data !== 'aurora' && { events: { bus: 'tasks' } }),
      },
      context: CHOICES,
    },
  ],
);

/**
 * An app that bundles no function and copies no asset, which changes nothing but hashes.
 * @param isValidated whether CDK checks templates against CloudFormation's rules, and throws
 */
export function createDeployment(
  { name, configFile, settings, context }: Deployment,
  outdir: string,
  isValidated = true,
): { readonly app: App; readonly stacks: readonly Stack[] } {
  const app = new App({
    outdir,
    builtinCloudFormationValidation: isValidated,
    stackTraces: false,
    context: {
      ...cdkJson.context,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:disable-asset-staging': true,
      config: configFile,
      ...context,
    },
  });
  const file = JSON.parse(readFileSync(join(REPOSITORY_ROOT, configFile), 'utf8'));
  const stacks = createStacks(app, parseConfig({ ...file, ...settings }, name));
  return { app, stacks: Object.values(stacks) };
}
