import * as z from 'zod';
import { parseConfig } from '../../shared/config/config.ts';
import { Dispatcher, type DispatcherDeps } from '../../shared/dispatcher/dispatcher.ts';
import { BrokerUnavailableError, LogUnavailableError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { decodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { quietLogger } from './quiet-logger.ts';

export const greet = defineTask({
  name: 'greet',
  parameters: z.strictObject({ whom: z.string() }),
  queue: ({ whom }) => (whom.startsWith('queue:') ? whom.slice('queue:'.length) : undefined),
});
export const ANN = { name: 'greet', parameters: { whom: 'Ann' } };

export class BrokenBroker extends MemoryBroker {
  override publish(): Promise<never> {
    return Promise.reject(new BrokerUnavailableError('main', new Error('ECONNREFUSED')));
  }
}

/** Refuses every message that mentions Ben. */
export class PickyBroker extends MemoryBroker {
  override async publish(messages: readonly { readonly body: string }[]): Promise<never[]> {
    const isRefused = ({ body }: { readonly body: string }): boolean => body.includes('Ben');
    await super.publish(messages.filter((message) => !isRefused(message)));
    const refusal = new BrokerUnavailableError('main', 'throttled');
    return messages.map((message) => (isRefused(message) ? refusal : undefined)) as never[];
  }
}

export class BrokenLog extends MemoryTaskLog {
  override recordEnqueued(): Promise<never> {
    return Promise.reject(new LogUnavailableError('recordEnqueued', new Error('throttled')));
  }
}

type SetupOptions = {
  readonly config?: Record<string, unknown>;
  readonly broker?: MemoryBroker;
  readonly deps?: Partial<DispatcherDeps>;
};

/** A dispatcher of queues `main` and `fast`, whose tasks wait until somebody takes them. */
export function aDispatcher({ config: changes = {}, broker, deps = {} }: SetupOptions = {}) {
  const queues = ['main', 'fast'].map((name) => ({ name, weight: 1, broker: { type: 'sqs' } }));
  const config = parseConfig({ queues, ...changes }, 'of a test');
  const main = broker ?? new MemoryBroker();
  const brokers = new Map([
    ['main', main],
    ['fast', new MemoryBroker()],
  ]);
  const log = new MemoryTaskLog();
  const logger = quietLogger();
  const catalogue = taskCatalogue([greet]);
  const dispatcher = new Dispatcher({ config, catalogue, brokers, log, logger, ...deps });

  /** The tasks that wait in a queue. */
  const waitingIn = async (queue: string): Promise<Task[]> => {
    const options = { max: 10, waitSeconds: 0, leaseSeconds: 30 };
    const deliveries = (await brokers.get(queue)?.receive(options)) ?? [];
    return deliveries.map(({ body }) => decodeTask(body));
  };
  const countRecorded = async (): Promise<number> => (await log.list({ limit: 100 })).tasks.length;

  return { dispatcher, main, log, logger, waitingIn, countRecorded };
}
