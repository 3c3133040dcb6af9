import { expect, test } from 'vitest';
import { createBrokers } from '../../functions/wiring/wiring.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { aConfig } from '../support/a-config.ts';

const noClient = (): never => {
  throw new Error('no request is sent');
};

test('a queue on SQS without an address is an error, never a memory broker', () => {
  const config = aConfig({
    queues: [{ name: 'priority', weight: 1, broker: { type: 'sqs' } }],
    defaultQueue: 'priority',
  });

  const create = () => createBrokers(config, { queues: {} }, new Map(), noClient);

  expect(create).toThrow(/queue "priority": is on SQS and has no address. .* task-queue init/);
});

test('a sync queue has a memory broker, although it may have an address from before', () => {
  const config = aConfig({
    queues: [{ name: 'now', weight: 1, broker: { type: 'memory' } }],
    defaultQueue: 'now',
  });
  const url = 'https://sqs.eu-west-1.amazonaws.com/1/now';

  const brokers = createBrokers(
    config,
    { queues: { now: { url, deadLetterUrl: `${url}-dead` } } },
    new Map(),
    noClient,
  );

  expect(brokers.get('now')).toBeInstanceOf(MemoryBroker);
});
