import { wire } from '../../../functions/wiring/wiring.ts';
import { Dispatcher } from '../../../shared/dispatcher/dispatcher.ts';
import { taskCatalogue } from '../../../shared/task/task-definition.ts';
import { Worker } from '../../../shared/worker/worker.ts';
import { divideHandler, partHandler } from './family-tasks.ts';

// A worker whose tasks have children, in a process of its own: to be killed.

const wiring = wire(process.env);
const handlers = [divideHandler, partHandler];
const catalogue = taskCatalogue(handlers.map(({ definition }) => definition));
const dispatcher = new Dispatcher({ ...wiring, catalogue });
const worker = new Worker({
  ...wiring,
  workerId: `family-${process.pid}`,
  enqueueMany: (requests) => dispatcher.enqueueMany(requests),
  handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
});
process.once('SIGTERM', () => worker.drain());
const running = worker.run();
process.stdout.write('worker ready\n');
await running;
process.exit(0);
