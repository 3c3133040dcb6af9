import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { startTracing } from '../../functions/telemetry/start-tracing.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { ACCESS, ourSqsClient, ownResources } from '../support/aws.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { type SentSpan, startTraceCollector, valuesOf } from '../support/trace-collector.ts';

const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;

let collector: Awaited<ReturnType<typeof startTraceCollector>>;
let stopTracing: Awaited<ReturnType<typeof startTracing>>;

// The SDK is registered once in a process, as in a worker.
beforeAll(async () => {
  collector = await startTraceCollector();
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_SERVICE_NAME: 'invoices',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  stopTracing = await startTracing(process.env, quietLogger(), ACCESS);
});

afterAll(() => {
  collector.close();
  vi.unstubAllEnvs();
});

const definition = defineTask({
  name: 'flaky',
  parameters: z.looseObject({}),
  retry: { maxAttempts: 3, baseSeconds: 0 },
});

/** A dispatcher and a worker over SQS. The task fails the first time, and the second time works. */
async function setup() {
  const config = aConfig({ worker: { pollWaitSeconds: 1 } });
  const { queues } = await ownResources(config);
  const address = queues['main'];
  if (!address) throw new Error('the queue was not created');
  const brokers = new Map([['main', new SqsBroker('main', address, () => ourSqsClient())]]);
  const log = new MemoryTaskLog();
  const logger = quietLogger();
  const deps = { config, brokers, log, logger };
  const handler = definition.handledBy(async ({ context }) => {
    await trace.getTracer('handler').startActiveSpan('call the bank', async (span) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      context.logger.info('the bank was called');
      span.end();
    });
    if (context.attempt === 1) throw new TypeError('no answer');
    return Report.success('booked');
  });
  const worker = new Worker({ ...deps, workerId: 'w', handlers: new Map([['flaky', handler]]) });
  const ofDispatcher = { ...deps, catalogue: taskCatalogue([definition]) };
  const dispatcher = new Dispatcher(ofDispatcher);

  /** Works until this task has ended; the spans that were sent of it. */
  const spansOf = async (id: string): Promise<SentSpan[]> => {
    const ended = worker.run();
    await vi.waitUntil(async () => (await log.getSummary(id))?.finishedAt, { timeout: 10_000 });
    worker.drain();
    await ended;
    await stopTracing();
    const spans = collector.spans();
    const [ofTask] = spans.filter((span) => valuesOf(span.attributes)['task_queue.task.id'] === id);
    return spans.filter(({ traceId }) => traceId === ofTask?.traceId);
  };
  return { dispatcher, deps: ofDispatcher, brokers, log, logger, spansOf };
}

const named = (spans: readonly SentSpan[], name: string): SentSpan[] =>
  spans
    .filter((span) => span.name === name)
    .toSorted((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));

test('a task is one trace, from its enqueuing through a failed attempt to its end', async () => {
  const { dispatcher, log, logger, spansOf } = await setup();

  const { id } = await dispatcher.enqueue({ name: 'flaky', parameters: {} });
  const spans = await spansOf(id);

  const [enqueue] = named(spans, 'enqueue main');
  const [first, second] = named(spans, 'process flaky');
  const calls = named(spans, 'call the bank');
  expect(spans).toHaveLength(5);
  expect(enqueue).toMatchObject({ kind: PRODUCER, status: { code: 0 } });
  expect(valuesOf(enqueue?.attributes ?? [])).toEqual({
    'messaging.system': 'aws_sqs',
    'messaging.operation.name': 'enqueue',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'main',
    'task_queue.task.id': id,
  });
  expect(first).toMatchObject({
    kind: CONSUMER,
    parentSpanId: enqueue?.spanId,
    status: { code: ERROR, message: 'no answer' },
    events: [{ name: 'exception' }],
  });
  expect(valuesOf(first?.attributes ?? [])).toEqual({
    'messaging.system': 'aws_sqs',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'main',
    'messaging.message.id': expect.any(String),
    'task_queue.task.id': id,
    'task_queue.attempt': 1,
    'task_queue.outcome': 'retried',
    'error.type': 'TypeError',
  });
  expect(second).toMatchObject({ parentSpanId: enqueue?.spanId, status: { code: 0 }, events: [] });
  expect(valuesOf(second?.attributes ?? [])).toMatchObject({
    'task_queue.attempt': 2,
    'task_queue.outcome': 'completed',
  });
  expect(calls.map(({ parentSpanId }) => parentSpanId)).toEqual([first?.spanId, second?.spanId]);
  expect(await log.get(id)).not.toHaveProperty('trace');
  const lines = logger.lines.filter(({ fields }) => fields['taskId'] === id);
  expect(lines.map(({ message }) => message)).toEqual([
    'the bank was called',
    'attempt failed',
    'the bank was called',
  ]);
  for (const { fields } of lines) expect(fields['traceId']).toBe(enqueue?.traceId);
});

test('tasks of one batch are traces of their own, below what enqueued them if that is one', async () => {
  const { dispatcher } = await setup();
  const tracer = trace.getTracer('caller');

  const tasks = Array.from({ length: 3 }, () => ({ name: 'flaky', parameters: {} }));
  await dispatcher.enqueueMany(tasks);
  const caller = await tracer.startActiveSpan('import invoices', async (span) => {
    await dispatcher.enqueueMany(tasks);
    span.end();
    return span.spanContext();
  });
  await stopTracing();

  const enqueued = named(collector.spans(), 'enqueue main').slice(-6);
  const below = enqueued.filter(({ parentSpanId }) => parentSpanId === caller.spanId);
  const alone = enqueued.filter(({ parentSpanId }) => !parentSpanId);
  expect(below.map(({ traceId }) => traceId)).toEqual(Array(3).fill(caller.traceId));
  expect(new Set(alone.map(({ traceId }) => traceId)).size).toBe(3);
});

test.each([
  ['a text', '00-garbage'],
  ['ids of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
  ['an endless state', { traceparent: '00-x', tracestate: 'x'.repeat(10_000) }],
])('a task whose trace is garbage (%s) runs as usual, in a new trace', async (_case, garbage) => {
  const { brokers, log, spansOf } = await setup();
  const task = aTask({ name: 'flaky', parameters: {} });
  const message = { ...JSON.parse(encodeTask(task)), trace: garbage };

  await brokers.get('main')?.publish([{ body: JSON.stringify(message) }]);
  const spans = await spansOf(task.id);

  expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed' });
  expect(spans[0]?.traceId).toMatch(/[1-9a-f]/);
});

test('a task that could not be sent has an enqueue span that says why', async () => {
  const { dispatcher, brokers } = await setup();
  brokers.clear();

  await dispatcher.enqueueMany([{ name: 'flaky', parameters: {} }]);
  await stopTracing();

  const [span] = named(collector.spans(), 'enqueue main').slice(-1);
  expect(span).toMatchObject({ status: { code: ERROR }, events: [{ name: 'exception' }] });
  expect(valuesOf(span?.attributes ?? [])['error.type']).toBe('BrokerUnavailableError');
});

test('so has one that could not be stored within the transaction of its caller', async () => {
  const { deps } = await setup();
  const enqueueWithin = () => Promise.reject(new TypeError('the connection is gone'));
  const transactional = new Map([['main', { enqueueWithin, enqueue: async () => [] }]]);
  const dispatcher = new Dispatcher({ ...deps, transactional });
  const tasks = [1, 2].map(() => ({ name: 'flaky', parameters: {} }));

  const enqueuing = dispatcher.enqueueWithin({ query: async () => undefined }, tasks);

  await expect(enqueuing).rejects.toThrow('the connection is gone');
  await stopTracing();
  const spans = named(collector.spans(), 'enqueue main').slice(-2);
  for (const span of spans) {
    expect(span).toMatchObject({ status: { code: ERROR, message: 'the connection is gone' } });
  }
});

test('spans are sent to /v1/traces, under the name that OTEL_SERVICE_NAME gives', () => {
  expect(new Set(collector.paths())).toEqual(new Set(['/v1/traces']));
  expect(collector.resource()).toMatchObject({
    'service.name': 'invoices',
    'deployment.environment.name': 'test',
  });
});
