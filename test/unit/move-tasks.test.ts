import { expect, test } from 'vitest';
import type { Broker } from '../../shared/broker/broker.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { BrokerUnavailableError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { depthText, moveTasks, unservedTasks } from '../../shared/move/move-tasks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { aLife } from '../support/mortal.ts';

const BODIES = Array.from({ length: 25 }, (_, index) => `task ${index}`);
const EMPTY = { waiting: 0, inFlight: 0, delayed: 0 };

async function setup() {
  const clock = new ManualClock();
  const from = new MemoryBroker(clock);
  const to = new MemoryBroker(clock);
  await from.publish(BODIES.map((body) => ({ body })));
  const move = (source: Broker = from, target: Broker = to, waitSeconds = 0) =>
    moveTasks({
      from: source,
      targetOf: () => target,
      leaseSeconds: 30,
      pollSeconds: 0,
      waitSeconds,
      clock,
    });
  return { clock, from, to, move };
}

/** Every body that is in there. */
async function bodiesIn(broker: Broker): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const deliveries = await broker.receive({ max: 10, waitSeconds: 0, leaseSeconds: 600 });
    if (deliveries.length === 0) return bodies;
    bodies.push(...deliveries.map(({ body }) => body));
  }
}

test('every task is moved, and nothing is left', async () => {
  const { from, to, move } = await setup();

  expect(await move()).toEqual({ tasks: 25, left: EMPTY });

  expect((await bodiesIn(to)).sort()).toEqual([...BODIES].sort());
  expect(await from.depth()).toEqual(EMPTY);
});

test.each([1, 2, 3, 4, 5, 6])(
  'dying after write %i loses no task, and repeating it moves the rest',
  async (writes) => {
    const { clock, from, to, move } = await setup();
    const life = aLife(writes);

    await expect(move(life(from, 'ack', 'changeLease'), life(to, 'publish'))).rejects.toThrow(
      'dead',
    );
    clock.advance(31);
    await move();

    expect(await from.depth()).toEqual(EMPTY);
    expect([...new Set(await bodiesIn(to))].sort()).toEqual([...BODIES].sort());
  },
);

test('messages that somebody holds, or that are delayed, are left and told of', async () => {
  const { from, move } = await setup();
  await from.receive({ max: 2, waitSeconds: 0, leaseSeconds: 600 });
  await from.publish([{ body: 'later', delaySeconds: 60 }]);

  const { tasks, left } = await move();

  expect(tasks).toBe(23);
  expect(left).toEqual({ waiting: 0, inFlight: 2, delayed: 1 });
  expect(depthText(left)).toBe('3 tasks (2 in flight, 1 delayed)');
});

test('what the new place refuses stays in the old one', async () => {
  const { from, to, move } = await setup();
  const refusing: Broker = Object.assign(Object.create(to) as MemoryBroker, {
    publish: async (messages: readonly { body: string }[]) => {
      const accepted = messages.filter(({ body }) => body !== 'task 3');
      await to.publish(accepted);
      return messages.map(({ body }) =>
        body === 'task 3' ? new BrokerUnavailableError('to', 'full') : undefined,
      );
    },
  });

  const { tasks } = await move(from, refusing);

  expect(tasks).toBe(24);
  expect(await bodiesIn(from)).toEqual(['task 3']);
});

test('tasks are found that no queue of the configuration serves', async () => {
  const config = parseConfig(
    {
      queues: [
        { name: 'kept', weight: 1, broker: { type: 'sqs' } },
        { name: 'changed', weight: 1, broker: { type: 'memory' } },
      ],
    },
    'of a test',
  );
  const places = ['kept', 'changed', 'removed', 'empty'].map((queue) => ({
    queue,
    type: 'sqs' as const,
    broker: new MemoryBroker(),
  }));
  for (const { queue, broker } of places) {
    if (queue !== 'empty') await broker.publish([{ body: queue }]);
  }

  const unserved = await unservedTasks(places, config);

  expect(unserved.map(({ queue }) => queue)).toEqual(['changed', 'removed']);
});
