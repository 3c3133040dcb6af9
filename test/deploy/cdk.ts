import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RESOURCES_VARIABLE, readResources } from '../../shared/deployment/resources.ts';
import { resourcesOfOutputs } from '../../shared/deployment/stack-outputs.ts';
import { ACCOUNT, REGION } from './account.ts';
import { callQuery } from './call-aws.ts';
import type { Emulator } from './emulator.ts';

const run = promisify(execFile);
/** Ten times what it takes. */
const TIMEOUT_MS = 180_000;

const APP = ['--app', 'node test/deploy/app.ts'];

export const STACKS = [
  'TaskQueue-Data',
  'TaskQueue-Api',
  'TaskQueue-Worker',
  'TaskQueue-Monitoring',
];

/** By stack, its outputs. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `cdk bootstrap`: once per account and region. */
export async function bootstrap(emulator: Emulator, directory: string): Promise<void> {
  // Not in the checkout: there it would synthesize the app first.
  await cdk(emulator, directory, 'bootstrap', `aws://${ACCOUNT}/${REGION}`);
  // README.md: the emulator looks for this permission on all repositories.
  const Effect = 'Allow';
  const Statement = [{ Effect, Action: 'ecr:DescribeRepositories', Resource: '*' }];
  await callQuery(emulator, 'iam', {
    Action: 'PutRolePolicy',
    Version: '2010-05-08',
    RoleName: `cdk-hnb659fds-image-publishing-role-${ACCOUNT}-${REGION}`,
    PolicyName: 'emulated',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
}

/**
 * `cdk deploy --all`.
 * @returns the outputs of all stacks, what the command line makes of them, and what was done for the
 * emulator
 */
export async function deploy(emulator: Emulator, checkout: string) {
  const outputsFile = join(checkout, 'outputs.json');
  const { stderr, stdout } = await cdk(
    ...([emulator, checkout, 'deploy', '--all', '--require-approval', 'never'] as const),
    ...APP,
    ...['--outputs-file', outputsFile],
  );
  const outputs = JSON.parse(readFileSync(outputsFile, 'utf8')) as Outputs;
  const changes = `${stdout}\n${stderr}`.matchAll(/^emulated: (.*)$/gm);
  const emulated = [...changes].map(([, change = '']) => change);
  const data = Object.entries(outputs['TaskQueue-Data'] ?? {});
  const found = resourcesOfOutputs(data.map(([key, value]) => ({ key, value })));
  const resources = readResources({ [RESOURCES_VARIABLE]: found });
  return { outputs, resources, emulated };
}

/** `cdk destroy` of what `createStacks` makes. */
export async function destroy(emulator: Emulator, checkout: string): Promise<void> {
  await cdk(emulator, checkout, 'destroy', ...STACKS, '--exclusively', '--force', ...APP);
}

/** @throws with the end of its log */
async function cdk(emulator: Emulator, cwd: string, ...args: readonly string[]) {
  mkdirSync(cwd, { recursive: true });
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, CI: 'true', ...emulator.env };
  const options = { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  try {
    return await run('cdk', args, options);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const lines = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-40);
    throw new Error(`cdk ${args[0]} failed:\n${lines.join('\n')}`);
  }
}
