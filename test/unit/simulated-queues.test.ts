import { expect, test } from 'vitest';
import type { Broker, Delivery } from '../../shared/broker/broker.ts';
import { Link } from '../../shared/simulation/link.ts';
import { Random } from '../../shared/simulation/random.ts';
import { type BrokerModel, parseScenario } from '../../shared/simulation/scenario.ts';
import { PostgresQueue, SqsQueue } from '../../shared/simulation/simulated-queues.ts';
import { MortalClock, START_MS, VirtualClock } from '../../shared/simulation/virtual-clock.ts';

const QUEUE = { name: 'main', weight: 1, broker: { type: 'sqs' } };

const modelOf = (broker: object): BrokerModel =>
  parseScenario({ config: { queues: [QUEUE] }, broker, seconds: 1 }, 'of a test').broker;

/** A queue with workers that share it. Round trips are exactly 10 ms. */
function aQueue({ isSql = false, seed = 1, workers = 1, broker = {} } = {}) {
  const clock = new VirtualClock();
  const random = new Random(seed);
  const model = modelOf({ jitter: 0, ...broker });
  const options = { clock, random, model, onLeaseEnd: () => {} };
  const queue = isSql ? new PostgresQueue(options) : new SqsQueue(options);
  const members = Array.from({ length: workers }, () => {
    const worker = new MortalClock(clock);
    const link = new Link({ queue: 'main', clock, worker, random, model, roundTripMs: 10 });
    return { worker, broker: queue.connect({ link, clock: worker, onReceived: () => {} }) };
  });
  let sent = 0;
  const send = (count: number): void => {
    const ids = Array.from({ length: count }, () => String(sent++));
    queue.store.add(ids.map((id) => ({ id, body: `task ${id}` })));
  };
  return { clock, queue, members, send, brokers: members.map((member) => member.broker) };
}

/** Polls at this second, and notes the answer with its time. */
function pollAt(
  clock: VirtualClock,
  second: number,
  broker: Broker | undefined,
  { max = 10, waitSeconds = 20, leaseSeconds = 60 } = {},
) {
  const answer: { at?: number; ids?: string[]; deliveries?: Delivery[] } = {};
  clock.at(second, () => {
    void broker?.receive({ max, waitSeconds, leaseSeconds }).then((deliveries) => {
      answer.at = Math.round(clock.now() - START_MS);
      answer.ids = deliveries.map(({ messageId }) => messageId);
      answer.deliveries = deliveries;
    });
  });
  return answer;
}

const BROKERS = [
  { system: 'SQS', isSql: false },
  { system: 'PostgreSQL', isSql: true },
];

test.each(BROKERS)('$system: a poll of a queue with messages takes one round trip', async (on) => {
  const { clock, brokers, send } = aQueue(on);
  send(3);
  const answer = pollAt(clock, 1, brokers[0]);

  await clock.run(2);

  expect(answer).toMatchObject({ at: 1010, ids: expect.arrayContaining(['0', '1', '2']) });
});

test('SQS: a parked poll has its message half a round trip after the arrival', async () => {
  const { clock, brokers, send } = aQueue();
  const answer = pollAt(clock, 1, brokers[0]);
  clock.at(7, () => send(1));

  await clock.run(10);

  expect(answer).toMatchObject({ at: 7005, ids: ['0'] });
});

test('PostgreSQL: a notification wakes a waiting poll, which then asks', async () => {
  const { clock, brokers, send } = aQueue({ isSql: true });
  const answer = pollAt(clock, 1, brokers[0]);
  clock.at(7, () => send(1));

  await clock.run(10);

  expect(answer).toMatchObject({ at: 7015, ids: ['0'] });
});

test.each(BROKERS)('$system: a poll of an empty queue ends after its wait', async (on) => {
  const { clock, brokers } = aQueue(on);
  const answer = pollAt(clock, 1, brokers[0], { waitSeconds: 5 });

  await clock.run(10);

  expect(answer.ids).toEqual([]);
  expect(answer.at).toBeGreaterThanOrEqual(6000);
  expect(answer.at).toBeLessThanOrEqual(6010);
});

test.each(BROKERS)('$system: one of several parked polls gets a message', async (on) => {
  const { clock, brokers, send } = aQueue({ ...on, workers: 5 });
  const answers = brokers.map((broker) => pollAt(clock, 1, broker, { waitSeconds: 10 }));
  clock.at(7, () => send(1));

  await clock.run(20);

  expect(answers.flatMap(({ ids = [] }) => ids)).toEqual(['0']);
});

test('SQS: which parked poll gets a message is by chance', async () => {
  const winners = new Set<number>();
  for (let seed = 1; seed <= 30; seed++) {
    const { clock, brokers, send } = aQueue({ workers: 3, seed });
    const answers = brokers.map((broker) => pollAt(clock, 1, broker));
    clock.at(2, () => send(1));
    await clock.run(3);
    winners.add(answers.findIndex(({ ids = [] }) => ids.length > 0));
  }

  expect([...winners].sort()).toEqual([0, 1, 2]);
});

test('SQS: a short poll may miss messages that a long poll finds', async () => {
  const { clock, brokers, send } = aQueue({ broker: { partitions: 4 } });
  send(1);
  const short = Array.from({ length: 20 }, (_, index) =>
    pollAt(clock, 1 + index, brokers[0], { waitSeconds: 0, leaseSeconds: 1 }),
  );
  const long = pollAt(clock, 30, brokers[0]);

  await clock.run(40);

  const found = short.filter(({ ids = [] }) => ids.length > 0).length;
  expect(found).toBeGreaterThan(5);
  expect(found).toBeLessThan(20);
  expect(long.ids).toEqual(['0']);
});

test('SQS: short answers bring 1 to 10 although more wait', async () => {
  const { clock, brokers, send } = aQueue({ broker: { shortAnswers: true } });
  send(1000);
  const answers = Array.from({ length: 60 }, (_, index) => pollAt(clock, index, brokers[0]));

  await clock.run(60);

  const sizes = new Set(answers.map(({ ids = [] }) => ids.length));
  expect([...sizes].sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('PostgreSQL: a poll brings as many as it asks for, exactly in order', async () => {
  const { clock, brokers, send } = aQueue({ isSql: true });
  send(600);
  const answer = pollAt(clock, 1, brokers[0], { max: 500 });

  await clock.run(2);

  expect(answer.ids).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
});

test('SQS: messages are nearly in order', async () => {
  const { clock, brokers, send } = aQueue();
  send(1000);
  const answers = Array.from({ length: 20 }, (_, index) => pollAt(clock, index, brokers[0]));

  await clock.run(30);

  const ids = answers.flatMap((answer) => answer.ids ?? []).map(Number);
  expect(ids).not.toEqual(ids.toSorted((one, other) => one - other));
  expect(Math.max(...ids.slice(0, 100))).toBeLessThan(300);
});

test('SQS: a duplicate is delivered although the message is leased', async () => {
  const { clock, brokers, send } = aQueue({ broker: { duplicates: 1 } });
  send(1);
  const first = pollAt(clock, 1, brokers[0]);
  const second = pollAt(clock, 10, brokers[0]);

  await clock.run(20);

  expect(first.deliveries?.[0]?.body).toBe('task 0');
  expect(second.deliveries?.[0]?.body).toBe('task 0');
});

test('a failing broker refuses requests while its trouble lasts', async () => {
  const { clock, brokers, send } = aQueue({ broker: { failing: { share: 1, from: 5, to: 10 } } });
  send(100);
  const outcomes: string[] = [];
  for (const second of [1, 6, 9, 11]) {
    clock.at(second, () => {
      const poll = brokers[0]?.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 });
      poll?.then(
        () => outcomes.push('answered'),
        () => outcomes.push('refused'),
      );
    });
  }

  await clock.run(20);

  expect(outcomes).toEqual(['answered', 'refused', 'refused', 'answered']);
});

test('slow answers take 0.3 to 30 s, and their messages are leased meanwhile', async () => {
  const { clock, brokers, queue, send } = aQueue({ broker: { slow: { share: 1 } } });
  send(20);
  const answers = [1, 2].map((second) => pollAt(clock, second, brokers[0]));

  await clock.run(2.1);
  const { depth } = queue.store;
  await clock.run(60);

  expect(depth).toEqual({ waiting: 0, inFlight: 20, delayed: 0 });
  for (const [index, { at = 0 }] of answers.entries()) {
    expect(at - 1000 * (index + 1)).toBeGreaterThanOrEqual(310);
    expect(at - 1000 * (index + 1)).toBeLessThanOrEqual(30_010);
  }
});

test('a killed worker gets no answer, and its parked poll takes no message', async () => {
  const { clock, brokers, members, send } = aQueue({ workers: 2 });
  const dead = pollAt(clock, 1, brokers[0]);
  clock.at(2, () => members[0]?.worker.kill());
  clock.at(3, () => send(1));
  const alive = pollAt(clock, 4, brokers[1]);

  await clock.run(10);

  expect(dead.ids).toBeUndefined();
  expect(alive.ids).toEqual(['0']);
});
