import { join } from 'node:path';
import { App, AspectPriority, Aspects } from 'aws-cdk-lib';
import { ContainerDefinition } from 'aws-cdk-lib/aws-ecs';
import { loadDeployableConfig } from '../../infra/deployable-config.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { CallersStack } from './callers-stack.ts';
import { EmulatedResources } from './emulated-resources.ts';

// Builds the app of infra/app.ts for the emulator.
const app = new App();
const stacks = createStacks(
  app,
  loadDeployableConfig(join(REPOSITORY_ROOT, 'task-queue.config.json')),
);
new CallersStack(app, 'TaskQueue-Callers', { api: stacks.api });
// Whom the task "deliver-webhook" tells is a choice of each deployment. Here nobody listens.
for (const node of stacks.worker.node.findAll()) {
  if (node instanceof ContainerDefinition) {
    node.addEnvironment('WEBHOOK_URL', 'http://127.0.0.1:9');
  }
}
const say = (text: string): boolean => process.stderr.write(`emulated: ${text}\n`);
// After CDK's own aspects, which add resources.
Aspects.of(app).add(new EmulatedResources(say), { priority: AspectPriority.READONLY });
