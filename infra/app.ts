import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';

import { configFileOf } from './constructs/bundling.ts';
import { isConfigError, loadDeployableConfig } from './deployable-config.ts';
import { nagChecksFor } from './nag-checks.ts';
import { REPOSITORY_ROOT } from './repository-root.ts';
import { createStacks } from './stacks/create-stacks.ts';

try {
  const app = new App();
  const config = loadDeployableConfig(join(REPOSITORY_ROOT, configFileOf(app)), strategiesHere());
  Validations.of(app).addPlugins(...nagChecksFor(app));
  createStacks(app, config);
} catch (error) {
  if (!isConfigError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Names of the strategies in functions/tasks. Another process loads them: `infra` imports no functions. */
function strategiesHere(): string[] {
  const script = `import { strategies } from '#tasks/strategies';
    process.stdout.write(JSON.stringify(strategies.map(({ name }) => name)));`;
  const args = ['--input-type=module', '--eval', script];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: REPOSITORY_ROOT, encoding: 'utf8' }),
  );
}
