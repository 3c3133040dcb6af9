import { join } from 'node:path';
import { App, AspectPriority, Aspects } from 'aws-cdk-lib';
import { loadDeployableConfig } from '../../infra/deployable-config.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { createStacks } from '../../infra/stacks/create-stacks.ts';
import { CallersStack } from './callers-stack.ts';
import { EmulatedResources } from './emulated-resources.ts';

// What infra/app.ts makes, for the emulator.
const app = new App();
const stacks = createStacks(
  app,
  loadDeployableConfig(join(REPOSITORY_ROOT, 'task-queue.config.json')),
);
new CallersStack(app, 'TaskQueue-Callers', { api: stacks.api });
const say = (text: string): boolean => process.stderr.write(`emulated: ${text}\n`);
// After CDK's own aspects, which add resources.
Aspects.of(app).add(new EmulatedResources(say), { priority: AspectPriority.READONLY });
