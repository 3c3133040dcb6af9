import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { writeLocalDeployment } from '../../functions/local-deployment.ts';
import type { EnqueueRequest } from '../../shared/dispatcher/enqueue-request.ts';
import { aCli } from '../support/cli.ts';
import { startGate } from '../support/gate.ts';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

const queue = (name: string, receive: number) => ({
  name,
  weight: 1,
  broker: { type: 'sqs', receive },
});

type TestCli = Awaited<ReturnType<typeof aCli>>;

const STATISTICS = { name: 'compute-statistics', parameters: { values: [1, 2] } };
const IMPORT = { name: 'import-results', parameters: { csv: 'participant,score\nann,91\n' } };
const WEBHOOK = { name: 'deliver-webhook', parameters: { event: 'test' } };

const enqueue = ({ wiring }: TestCli, request: EnqueueRequest, count: number) =>
  wiring.dispatcher.enqueueMany(Array.from({ length: count }, () => request));

async function statuses({ wiring }: TestCli): Promise<Record<string, number>> {
  const { tasks } = await wiring.log.list({ limit: 100 });
  const counts = Map.groupBy(tasks, (task) => `${task.queue} ${task.status}`);
  return Object.fromEntries([...counts].map(([key, group]) => [key, group.length]));
}

describe('task-queue worker', () => {
  test('with a limit of 2 polls of up to 2 tasks runs at most 4, of that queue alone, and exits with 0', async () => {
    const cli = await aCli({
      queues: [queue('first', 2), queue('second', 2)],
      taskQueues: { 'import-results': 'second' },
      worker: { pollWaitSeconds: 1 },
    });
    await enqueue(cli, STATISTICS, 6);
    await enqueue(cli, IMPORT, 2);

    const { code, output } = await cli.run(['worker', '--queue', 'first', '--limit', '2']);

    expect(code).toBe(0);
    expect(output).toContain('"worker stopped"');
    expect(await statuses(cli)).toEqual({
      'first completed': 4,
      'first enqueued': 2,
      'second enqueued': 2,
    });
  });

  test('refuses a limit without a dedicated queue', async () => {
    const { run } = await aCli();

    const { code, errors } = await run(['worker', '--limit', '5']);

    expect(code).toBe(2);
    expect(errors).toBe('Limit can be set only if a dedicated queue is set.\n');
  });

  test('refuses a queue that does not exist, and guesses which one was meant', async () => {
    const { run } = await aCli({ queues: [queue('priority', 10), queue('standard', 10)] });

    const { code, errors } = await run(['worker', '--queue', 'prioritiy']);

    expect(code).toBe(2);
    expect(errors).toBe('There is no queue "prioritiy". Did you mean "priority"?\n');
  });

  test('says that no worker is needed when every queue is sync, and exits with 0', async () => {
    const { run } = await aCli({
      queues: [{ name: 'main', weight: 1, broker: { type: 'memory' } }],
    });

    const { code, output } = await run(['worker']);

    expect(code).toBe(0);
    expect(output).toContain('No worker is needed');
  });

  test('refuses fewer slots than the queues reserve, naming the setting', async () => {
    const reserved = { ...queue('first', 10), minSlots: 3 };
    const { run } = await aCli({ queues: [reserved, queue('second', 10)] });

    const { code, errors } = await run(['worker', '--concurrency', '2']);

    expect(code).toBe(1);
    expect(errors).toContain('queues[0].minSlots: the queues reserve 3 slots, and a worker has 2');
  });
});

describe('a running task-queue worker', () => {
  const processes = new ProcessGroup();
  afterAll(() => processes.stopAll());

  test('on Ctrl-C finishes the task in hand, takes no other, and exits with 0', async () => {
    const gate = await startGate();
    const cli = await aCli({ worker: { pollWaitSeconds: 1, concurrency: 1 } });
    const lines: string[] = [];
    const worker = await processes.start({
      name: 'a worker',
      command: process.execPath,
      args: [CLI, 'worker'],
      env: { ...cli.env, WEBHOOK_URL: gate.url },
      ready: /"worker ready"/,
      onLine: (line) => lines.push(line),
    });
    await enqueue(cli, WEBHOOK, 2);
    await vi.waitFor(() => expect(gate.waiting).toHaveLength(1), { timeout: 15_000 });

    process.kill(worker.pid, 'SIGINT');
    await vi.waitFor(() => expect(lines.join()).toContain('worker draining'), { timeout: 15_000 });
    gate.open();
    const exit = await worker.exited;
    gate.close();

    expect(exit).toEqual({ code: 0, signal: null });
    expect(await statuses(cli)).toEqual({ 'main completed': 1, 'main enqueued': 1 });
    expect(lines.join()).not.toContain('"_aws"');
  });

  test('on the local stack ends long before its poll of 20 s would', async () => {
    const { env, configPath } = await aCli();
    const directory = await mkdtemp(join(tmpdir(), 'task-queue-cli-'));
    const { TASK_QUEUE_RESOURCES, TASK_QUEUE_CONFIG: _, ...others } = env;
    writeLocalDeployment(
      { pid: process.pid, configPath, env: { TASK_QUEUE_RESOURCES: `${TASK_QUEUE_RESOURCES}` } },
      directory,
    );
    const worker = await processes.start({
      name: 'a worker',
      command: 'sh',
      args: ['-c', `cd ${directory} && exec ${process.execPath} ${CLI} worker`],
      env: others,
      ready: /"worker ready"/,
    });

    process.kill(worker.pid, 'SIGINT');

    await vi.waitFor(() => expect(worker.isRunning()).toBe(false), { timeout: 12_000 });
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });
});
