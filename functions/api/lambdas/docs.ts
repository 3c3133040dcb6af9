import { contracts } from '#tasks/contracts';
import { taskCatalogue } from '../../../shared/task/task-definition.ts';
import { configFrom, createLogger } from '../../wiring/wiring.ts';
import { httpHandler } from '../http.ts';
import { docsRoutes } from '../routes.ts';

const deps = {
  config: configFrom(process.env),
  catalogue: taskCatalogue(contracts),
  logger: createLogger(),
};
export const handler = httpHandler(docsRoutes(deps), deps);
