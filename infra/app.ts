import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';

import { configFileOf } from './constructs/bundling.ts';
import { isConfigError, loadDeployableConfig } from './deployable-config.ts';
import { nagChecksFor } from './nag-checks.ts';
import { REPOSITORY_ROOT } from './repository-root.ts';
import { createStacks } from './stacks/create-stacks.ts';

try {
  const app = new App();
  const config = loadDeployableConfig(join(REPOSITORY_ROOT, configFileOf(app)));
  Validations.of(app).addPlugins(...nagChecksFor(app));
  createStacks(app, config);
} catch (error) {
  if (!isConfigError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
