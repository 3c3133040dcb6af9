import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EmfMetrics } from '../../functions/telemetry/worker-metrics.ts';
import { QueueStats } from '../../shared/worker/queue-stats.ts';
import type { QueueStatus } from '../../shared/worker/scheduler.ts';
import { parseEmf } from '../support/emf-document.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-24T09:30:15Z') }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Metrics of one queue, or more, and the lines that came out of this process. */
function setup(
  status: readonly Omit<QueueStatus, 'isPaused'>[] = [{ queue: 'main', buffered: 0, running: 0 }],
) {
  const output: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => output.push(String(chunk)) > 0);
  const stats = new QueueStats();
  const requests = new Map<string, number>();
  const metrics = new EmfMetrics({
    stats,
    status: () => status,
    requestsTo: (queue) => requests.get(queue) ?? 0,
  });
  const documents = () => output.join('').split('\n').filter(Boolean).map(parseEmf);
  return { stats, requests, metrics, documents };
}

/** A minute in which something of every kind happened. */
function busyMinute({ stats, requests }: ReturnType<typeof setup>): void {
  stats.polled('main', 0);
  stats.polled('main', 4);
  stats.picked('main', 0.012);
  stats.picked('main', 0.5);
  stats.picked('main', 1.2);
  stats.picked('main', undefined);
  stats.ended('main', 'completed', 0.25);
  stats.ended('main', 'completed', 0.75);
  stats.ended('main', 'retried', 2);
  stats.ended('main', 'failed', 3);
  requests.set('main', 6);
}

test('a minute of a queue is one valid document with all its metrics', () => {
  const harness = setup([{ queue: 'main', buffered: 7, running: 3 }]);
  busyMinute(harness);

  harness.metrics.write();

  expect(harness.documents()).toEqual([
    {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'TaskQueue',
            Dimensions: [['service', 'queue']],
            Metrics: [
              { Name: 'Picked', Unit: 'Count' },
              { Name: 'Completed', Unit: 'Count' },
              { Name: 'Failed', Unit: 'Count' },
              { Name: 'Retried', Unit: 'Count' },
              { Name: 'EmptyReceives', Unit: 'Count' },
              { Name: 'PickupLatency', Unit: 'Milliseconds' },
              { Name: 'RunTime', Unit: 'Milliseconds' },
              { Name: 'Buffered', Unit: 'Count' },
              { Name: 'BusySlots', Unit: 'Count' },
              { Name: 'RequestsPerTask', Unit: 'None' },
            ],
          },
        ],
      },
      service: 'task-queue',
      queue: 'main',
      Picked: 4,
      Completed: 2,
      Failed: 1,
      Retried: 1,
      EmptyReceives: 1,
      PickupLatency: [12, 500, 1200],
      PickupLatencyMax: '1200',
      RunTime: [250, 750, 2000, 3000],
      RunTimeMax: '3000',
      Buffered: 7,
      BusySlots: 3,
      RequestsPerTask: 2,
    },
  ]);
});

test('zeros are not sent, and an idle queue gets no document, because both would cost', () => {
  const { stats, metrics, documents } = setup([
    { queue: 'main', buffered: 0, running: 1 },
    { queue: 'idle', buffered: 0, running: 0 },
  ]);
  stats.picked('main', undefined);

  metrics.write();

  const [document, ...others] = documents();
  expect(others).toEqual([]);
  expect(document?._aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name)).toEqual([
    'Picked',
    'BusySlots',
  ]);
});

test('every queue has a document of its own', () => {
  const queues = ['priority', 'standard'];
  const { stats, metrics, documents } = setup(
    queues.map((queue) => ({ queue, buffered: 0, running: 0 })),
  );
  for (const queue of queues) stats.ended(queue, 'completed', 1);

  metrics.write();

  expect(documents()).toMatchObject(queues.map((queue) => ({ queue, Completed: 1 })));
});

test('420,000 tasks a minute still fit one document, with no more values than CloudWatch accepts', () => {
  const { stats, metrics, documents } = setup();
  for (let task = 1; task <= 420_000; task++) stats.ended('main', 'completed', task / 1000);

  metrics.write();

  const [document, ...others] = documents();
  expect(others).toEqual([]);
  expect(document).toMatchObject({ Completed: 420_000, RunTimeMax: '420000' });
  expect(document?.['RunTime']).toHaveLength(99);
});

test('requests per task counts the requests since the last document, and needs a task that ended', () => {
  const { stats, requests, metrics, documents } = setup();
  requests.set('main', 10);
  stats.ended('main', 'retried', 1);
  metrics.write();
  requests.set('main', 13);
  stats.ended('main', 'completed', 1);
  stats.ended('main', 'cancelled', 1);

  metrics.write();

  const [first, second] = documents();
  expect(first).not.toHaveProperty('RequestsPerTask');
  expect(second).toMatchObject({ RequestsPerTask: 1.5 });
});

test('documents are written as each minute is full, so that gauges of all workers add up', () => {
  const { metrics, documents } = setup([{ queue: 'main', buffered: 1, running: 0 }]);
  metrics.start();

  vi.advanceTimersByTime(120_000);

  const times = documents().map(({ _aws }) => new Date(_aws.Timestamp).toISOString());
  expect(times).toEqual(['2026-11-24T09:31:00.000Z', '2026-11-24T09:32:00.000Z']);
  metrics.stop();
});

test('what was counted since the last full minute is written at the end, and nothing after it', () => {
  const harness = setup();
  harness.metrics.start();
  busyMinute(harness);

  harness.metrics.stop();
  vi.advanceTimersByTime(120_000);

  expect(harness.documents()).toMatchObject([{ Picked: 4 }]);
});

test('POWERTOOLS_SERVICE_NAME separates two deployments in one account', () => {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'invoices');
  const { stats, metrics, documents } = setup();
  vi.unstubAllEnvs();
  stats.ended('main', 'completed', 1);

  metrics.write();

  expect(documents()).toMatchObject([{ service: 'invoices' }]);
});
