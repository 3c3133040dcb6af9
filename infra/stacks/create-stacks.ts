import type { App } from 'aws-cdk-lib';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { ApiStack } from './api-stack.ts';
import { DataStack } from './data-stack.ts';
import { WorkerStack } from './worker-stack.ts';

/**
 * Everything that is deployed. Read from the context:
 * - `-c stage=dev`: prefixes the stacks, so that several deployments fit in one account
 * - `-c spot=true`: runs the worker on Fargate Spot
 *
 * No stack names an account or region: the same templates deploy to any.
 */
export function createStacks(app: App, config: TaskQueueConfig) {
  const stage: unknown = app.node.tryGetContext('stage');
  const prefix = stage ? `${stage}-` : '';
  const spot = app.node.tryGetContext('spot') === 'true';

  const data = new DataStack(app, `${prefix}TaskQueue-Data`, { config });
  const eventBus = config.events?.bus;
  const api = new ApiStack(app, `${prefix}TaskQueue-Api`, { data, eventBus });
  const worker = new WorkerStack(app, `${prefix}TaskQueue-Worker`, { data, spot });
  return { data, api, worker };
}
