import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownResources, sqsClient } from '../support/aws.ts';
import { startGate } from '../support/gate.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

// Real worker processes, real signals, and a webhook that answers when the test lets it.

async function setup(worker: Record<string, number> = {}) {
  const config = aConfig({
    worker: { concurrency: 1, visibilityTimeoutSeconds: 3, pollWaitSeconds: 1, ...worker },
  });
  const resources = await ownResources(config);
  const env = await processEnvironment(config, resources);
  const log = dynamodbTaskLog(new DynamodbTable(meteredDocuments(), resources.table), {
    retentionDays: 30,
  });
  const enqueue = async (): Promise<string> => {
    const task = aTask({ name: 'deliver-webhook', parameters: { event: 'test' } });
    const QueueUrl = resources.queues['main']?.url;
    await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: encodeTask(task) }));
    await log.recordEnqueued(task, 'main');
    return task.id;
  };
  const statusOf = async (id: string) => (await log.getSummary(id))?.status;
  return { env, log, enqueue, statusOf };
}

let gate: Awaited<ReturnType<typeof startGate>>;
let workers: ReturnType<typeof workerProcesses>;

beforeEach(async () => {
  gate = await startGate();
  workers = workerProcesses();
});
afterEach(async () => {
  gate.close();
  await workers.stopAll();
});

const eventually = <Result>(check: () => Result, interval = 25): Promise<Result> =>
  vi.waitFor(check, { timeout: 15_000, interval });

describe('a running worker process', { timeout: 60_000 }, () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const)(
    'on %s finishes the task in hand, takes no other, and exits with 0',
    async (signal) => {
      const { env, enqueue, statusOf } = await setup();
      const first = await enqueue();
      const worker = await workers.start({ ...env, WEBHOOK_URL: gate.url });
      await eventually(() => expect(gate.waiting).toHaveLength(1));
      const second = await enqueue();

      process.kill(worker.pid, signal);
      await eventually(() => expect(worker.lines.join()).toContain('worker draining'));
      gate.open();
      const exit = await worker.exited;

      expect(exit).toEqual({ code: 0, signal: null });
      expect(await statusOf(first)).toBe('completed');
      expect(await statusOf(second)).toBe('enqueued');
    },
  );

  test('on SIGUSR2 takes no new task, and goes on after SIGCONT', async () => {
    const { env, enqueue, statusOf } = await setup();
    gate.open();
    const worker = await workers.start({ ...env, WEBHOOK_URL: gate.url });
    process.kill(worker.pid, 'SIGUSR2');
    await eventually(() => expect(worker.lines.join()).toContain('worker paused'));
    // The poll that was open when the worker paused requeues its messages.
    await pause(1500);

    const id = await enqueue();
    await pause(1500);
    const whilePaused = await statusOf(id);
    process.kill(worker.pid, 'SIGCONT');

    await eventually(async () => expect(await statusOf(id)).toBe('completed'));
    expect(whilePaused).toBe('enqueued');
  });

  test('on a second SIGTERM cancels its task, requeues it, and exits with 0', async () => {
    const { env, enqueue, log } = await setup();
    const id = await enqueue();
    const worker = await workers.start({ ...env, WEBHOOK_URL: gate.url });
    await eventually(() => expect(gate.waiting).toHaveLength(1));

    process.kill(worker.pid, 'SIGTERM');
    await eventually(() => expect(worker.lines.join()).toContain('worker draining'));
    process.kill(worker.pid, 'SIGTERM');
    const exit = await worker.exited;

    expect(exit).toEqual({ code: 0, signal: null });
    expect(await log.getSummary(id)).toMatchObject({ status: 'enqueued', attempt: 0 });
    gate.open();
    await workers.start({ ...env, WEBHOOK_URL: gate.url });
    await eventually(async () =>
      expect(await log.getSummary(id)).toMatchObject({ status: 'completed', attempt: 1 }),
    );
  });

  test('on a second SIGTERM while its traces are sent, exits with 0 too', async () => {
    const { env, enqueue, statusOf } = await setup();
    const collector = await startGate();
    onTestFinished(collector.close);
    gate.open();
    const id = await enqueue();
    const worker = await workers.start({
      ...env,
      WEBHOOK_URL: gate.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '60000',
    });
    await eventually(async () => expect(await statusOf(id)).toBe('completed'));

    process.kill(worker.pid, 'SIGTERM');
    // Spans are sent only by the release of the tracing.
    await eventually(() => expect(collector.waiting).not.toEqual([]));
    process.kill(worker.pid, 'SIGTERM');
    await eventually(() => expect(worker.lines.join()).toContain('worker cancelling'));
    collector.open();
    const exit = await worker.exited;

    expect(exit).toEqual({ code: 0, signal: null });
  });

  test('killed in the middle of a task loses nothing: another worker finishes it', async () => {
    const { env, enqueue, log } = await setup();
    const id = await enqueue();
    const doomed = await workers.start({ ...env, WEBHOOK_URL: gate.url });
    await eventually(() => expect(gate.waiting).toHaveLength(1));

    await workers.start({ ...env, WEBHOOK_URL: gate.url });
    process.kill(doomed.pid, 'SIGKILL');
    await doomed.exited;
    const killedAt = Date.now();
    gate.open();

    await eventually(async () =>
      expect(await log.getSummary(id)).toMatchObject({ status: 'completed', attempt: 2 }),
    );
    const { startedAt = '' } = (await log.getSummary(id)) ?? {};
    // The visibility timeout is 3 s; a lease ends on a whole second.
    expect(Date.parse(startedAt) - killedAt).toBeLessThan(3000 + 1500);
  });

  test('killed while others run: every one of 300 tasks ends exactly once', async () => {
    const { env, enqueue, log } = await setup({ concurrency: 5 });
    gate.open();
    const ids = await Promise.all(Array.from({ length: 300 }, enqueue));
    const withGate = { ...env, WEBHOOK_URL: gate.url };
    const [first, second] = await Promise.all([workers.start(withGate), workers.start(withGate)]);

    await eventually(async () =>
      expect((await log.countByStatus()).completed ?? 0).toBeGreaterThan(20),
    );
    process.kill(first.pid, 'SIGKILL');
    await workers.start(withGate);

    // Counting reads every record.
    await eventually(
      async () => expect(await log.countByStatus()).toEqual({ completed: 300 }),
      250,
    );
    expect(second.isRunning()).toBe(true);
    const attempts = await Promise.all(ids.map(async (id) => (await log.getSummary(id))?.attempt));
    expect(Math.max(...attempts.map(Number))).toBeLessThanOrEqual(2);
  });
});

test('a worker for which every queue is sync says that none is needed, and exits with 0', async () => {
  const { env } = await setup();
  const sync = aConfig({ queues: [{ name: 'main', weight: 1, broker: { type: 'memory' } }] });
  const { TASK_QUEUE_CONFIG } = await processEnvironment(sync, { table: 'none', queues: {} });

  const start = workers.start({ ...env, TASK_QUEUE_CONFIG });

  await expect(start).rejects.toThrow('No worker is needed');
});

test('a worker without its settings ends with one sentence that names them', async () => {
  const { env } = await setup();

  const start = workers.start({ ...env, TASK_QUEUE_RESOURCES: '{"table":"tasks","queues":{}}' });

  const message = await start.catch((error: Error) => error.message);
  expect(message).toContain('no address for: main');
  expect(message).not.toContain('    at ');
});
