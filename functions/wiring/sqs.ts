import type { Broker } from '../../shared/broker/broker.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/stack-outputs.ts';
import { ConfigInvalidError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import type { SqsClient } from '../../shared/sqs/client.ts';

type Queue = TaskQueueConfig['queues'][number];

/**
 * The broker of each queue, by name.
 * @param onPostgres brokers of queues on PostgreSQL
 * @throws {ConfigInvalidError} naming a queue that has no address: its tasks must not go elsewhere
 */
export function createBrokers(
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  resources: Pick<Resources, 'queues'>,
  onPostgres: ReadonlyMap<string, Broker>,
  createClient: () => SqsClient,
): Map<string, Broker> {
  const brokerOf = ({ name, broker }: Queue): Broker | undefined => {
    // A sync queue may have an address from before.
    if (broker.type === 'memory') return new MemoryBroker();
    if (broker.type === 'postgres') return onPostgres.get(name);
    const address = resources.queues[name];
    if (address) return new SqsBroker(name, address, createClient);
    const message =
      'is on SQS and has no address. Deploy the stack, or run task-queue init for your own servers.';
    throw new ConfigInvalidError(RESOURCES_VARIABLE, [{ path: `queue "${name}"`, message }]);
  };
  return new Map(
    queues.flatMap((queue) => {
      const broker = brokerOf(queue);
      return broker ? [[queue.name, broker]] : [];
    }),
  );
}

/** A dead-letter queue is its own dead-letter queue: a message that is given up there stays there. */
export const createDeadLetterBrokers = (
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  resources: Pick<Resources, 'queues'>,
  createClient: () => SqsClient,
): Map<string, Broker> =>
  new Map(
    queues.flatMap(({ name }) => {
      const url = resources.queues[name]?.deadLetterUrl;
      if (url === undefined) return [];
      return [[name, new SqsBroker(name, { url, deadLetterUrl: url }, createClient)] as const];
    }),
  );
