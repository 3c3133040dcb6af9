import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { isConfigError, loadDeployableConfig } from './deployable-config.ts';
import { REPOSITORY_ROOT } from './repository-root.ts';
import { createStacks } from './stacks/create-stacks.ts';

try {
  const config = loadDeployableConfig(join(REPOSITORY_ROOT, 'task-queue.config.json'));
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  createStacks(app, config);
} catch (error) {
  if (!isConfigError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
