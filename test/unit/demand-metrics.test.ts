import { afterEach, expect, test, vi } from 'vitest';
import { DemandMetrics } from '../../functions/telemetry/worker-metrics.ts';
import type { Broker, QueueDepth, QueueHealth } from '../../shared/broker/broker.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { QueueInterval } from '../../shared/worker/queue-stats.ts';
import type { QueueStatus } from '../../shared/worker/scheduler.ts';
import { parseEmf } from '../support/emf-document.ts';
import { quietLogger } from '../support/quiet-logger.ts';

afterEach(() => vi.restoreAllMocks());

const holding = (system: Broker['system'], depth: () => Promise<QueueDepth>): Broker =>
  Object.assign(new MemoryBroker(), { system, depth });

/** On PostgreSQL. */
const watched = (health: Partial<QueueHealth>): Broker =>
  Object.assign(new MemoryBroker(), {
    system: 'postgresql' as const,
    health: async () => ({
      ...{ waiting: 0, inFlight: 0, delayed: 0, oldestWaitSeconds: 0, deadLetters: 0 },
      ...health,
    }),
  });
const full = (waiting: number, inFlight: number) => async () => ({ waiting, inFlight, delayed: 0 });

function setup(brokers: Record<string, Broker>, status: Partial<QueueStatus>[] = [], slots = 10) {
  const output: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => output.push(String(chunk)) > 0);
  const logger = quietLogger();
  const metrics = new DemandMetrics({
    brokers: new Map(Object.entries(brokers)),
    logger,
    slots: () => slots,
    status: () =>
      Object.keys(brokers).map((queue, index) => ({
        queue,
        buffered: 0,
        running: 0,
        isPaused: false,
        ...status[index],
      })),
  });
  const documents = () => output.join('').split('\n').filter(Boolean).map(parseEmf);
  return { metrics, logger, documents };
}

test('the work of all queues is one document, without a queue, for the number of workers to follow', async () => {
  const { metrics, documents } = setup(
    { fast: holding('aws_sqs', full(120, 12)), slow: holding('aws_sqs', full(3, 2)) },
    [{ running: 4 }, { running: 2 }],
  );
  const minute = new QueueInterval();
  minute.runs.add(0.5);

  await metrics.write(new Map([['fast', minute]]));

  // 120 tasks of half a second; 3 of which is only known that none ended in a minute.
  expect(documents()).toMatchObject([
    { service: 'task-queue', Tasks: 137, SlotsHeld: 6, SlotsWanted: 4 },
  ]);
  expect(documents()[0]?._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['service']]);
});

test('zeros are written, so that an idle worker differs from no worker', async () => {
  const { metrics, documents } = setup({ main: holding('aws_sqs', full(0, 0)) });

  await metrics.write(new Map());

  expect(documents()).toMatchObject([{ Tasks: 0, SlotsHeld: 0, SlotsWanted: 0 }]);
});

test('a queue on PostgreSQL also gets its depth, its age and its dead letters, which SQS reports itself', async () => {
  const { metrics, documents } = setup({
    here: holding('aws_sqs', full(1, 0)),
    there: watched({ waiting: 7, inFlight: 2, oldestWaitSeconds: 61.5, deadLetters: 3 }),
    empty: watched({}),
  });

  await metrics.write(new Map());

  const ofQueues = documents().filter(({ queue }) => queue);
  expect(ofQueues).toMatchObject([{ queue: 'there', Backlog: 9, OldestWait: 61, DeadLetters: 3 }]);
  expect(documents().at(-1)).toMatchObject({ Tasks: 10 });
});

test('if one queue does not answer, only metrics of the worker itself are sent', async () => {
  const { metrics, logger, documents } = setup(
    {
      main: holding('aws_sqs', full(1, 0)),
      away: holding('aws_sqs', () => Promise.reject(new Error('away'))),
    },
    [{ running: 2 }, { running: 1 }],
  );

  await metrics.write(new Map());

  expect(documents()).toMatchObject([{ Slots: 10, SlotsHeld: 3 }]);
  expect(Object.keys(documents()[0] ?? {})).not.toEqual(expect.arrayContaining(['Tasks']));
  expect(logger.lines).toMatchObject([{ level: 'warn' }]);
});

test('a worker that retires uses its slots, and offers none', async () => {
  const brokers = { main: holding('aws_sqs', full(1, 1)) };
  const { metrics, documents } = setup(brokers, [{ running: 1 }], 0);

  await metrics.write(new Map());

  expect(documents()).toMatchObject([{ Slots: 0, SlotsHeld: 1 }]);
});
