import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, inject, type TestContext, test, vi } from 'vitest';
import { openPlaces } from '../../functions/wiring/resources.ts';
import type { Broker } from '../../shared/broker/broker.ts';
import { pause } from '../../shared/clock.ts';
import { messagesIn } from '../../shared/move/move-tasks.ts';
import { decodeTask } from '../../shared/task/message.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { aCli, type CliRun } from '../support/cli.ts';
import { startDeadlyProxies } from '../support/deadly-proxy.ts';
import { computeStatistics } from '../tasks/compute-statistics.ts';

// Each of these waits for leases to end, and for processes on a machine that others use too.
vi.setConfig({ testTimeout: 90_000, maxConcurrency: 6 });

const TASKS = 12;
const EMPTY = { waiting: 0, inFlight: 0, delayed: 0 };
const queue = (name: string) => ({ name, weight: 1, broker: { type: 'sqs' } });
const NAME = 'compute-statistics';

/**
 * Tasks wait in "old", by a configuration with "old" and "main".
 * @param onTestFinished of the test itself: several run at once
 */
async function setup({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const proxies = await startDeadlyProxies(inject('endpoints'));
  onTestFinished(() => proxies.close());
  const cli = await aCli({
    queues: [queue('main'), queue('old')],
    taskQueues: { [NAME]: 'old' },
    // Short, but longer than a pause of a busy machine.
    worker: { visibilityTimeoutSeconds: 3 },
  });
  const request = { name: NAME, parameters: { values: [1, 2, 3] } };
  const enqueued = await cli.wiring.dispatcher.enqueueMany(Array(TASKS).fill(request));
  const ids = enqueued.map((task) => (task instanceof Error ? fail(task) : task.id));
  const old = (await openPlaces(process.env, cli.resources)).find(
    (place) => place.queue === 'old',
  )?.broker;
  if (!old) throw new Error('there is no queue "old"');

  /** Ends right after its n-th request of this kind was served. */
  const killedAfter = (args: readonly string[], operation: string, n = 1): Promise<CliRun> =>
    cli.run(args, {
      env: {
        AWS_ENDPOINT_URL_SQS: proxies.endpoints.sqs,
        AWS_ENDPOINT_URL_DYNAMODB: proxies.endpoints.dynamodb,
      },
      onStart: (pid) => proxies.killAfter(pid, operation, n),
    });
  /** Repeats the command, as its output advises. */
  const untilDone = async (args: readonly string[]): Promise<CliRun> => {
    for (let tries = 1; ; tries++) {
      const run = await cli.run(args);
      if (run.code === 0 || tries === 4) return run;
    }
  };
  /** Edits the file: the queue "old" is gone. */
  const removeOld = async (): Promise<void> => {
    const config = JSON.parse(await readFile(cli.configPath, 'utf8'));
    config.queues = config.queues.filter(({ name }: { name: string }) => name !== 'old');
    config.taskQueues = {};
    await writeFile(cli.configPath, JSON.stringify(config));
  };
  return { ...cli, ids, old, killedAfter, untilDone, removeOld };
}

function fail(error: Error): never {
  throw error;
}

/** By task, how often it ran, when a worker has worked all of the queue down. */
async function runsOf({ config, wiring }: Awaited<ReturnType<typeof setup>>) {
  const runs: Record<string, number> = {};
  const handler = computeStatistics.handledBy(async ({ context }) => {
    runs[context.taskId] = (runs[context.taskId] ?? 0) + 1;
  });
  const worker = new Worker({
    ...wiring,
    config: { ...config, worker: { ...config.worker, pollWaitSeconds: 1 } },
    handlers: new Map([[NAME, handler]]),
    workerId: 'of a test',
  });
  const running = worker.run();
  const main = wiring.brokers.get('main') as Broker;
  while (messagesIn(await main.depth()) > 0) await pause(100);
  worker.drain();
  await running;
  return runs;
}

const MOVE = ['init', '--move'];
const TO_MEMORY = ['init', '--broker=memory', '--queue=old', '--move'];

describe.concurrent('init and tasks that wait', () => {
  test('tasks that a new broker would strand are refused by name and number, and nothing is changed', async (context) => {
    const { run, configPath, old } = await setup(context);
    const before = await readFile(configPath, 'utf8');
    await old.receive({ max: 2, waitSeconds: 0, leaseSeconds: 60 });

    const { code, errors } = await run(['init', '--broker=memory']);

    expect(code).toBe(1);
    expect(errors).toContain('"old" holds 12 tasks (10 waiting, 2 in flight)');
    expect(errors).toContain('--move');
    expect(await readFile(configPath, 'utf8')).toBe(before);
  });

  test('with --move, tasks that now run where they are enqueued are run here', async (context) => {
    const { run, old, ids, wiring } = await setup(context);

    const { code, output } = await run(TO_MEMORY);

    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain('"old": 12 tasks run here');
    expect(await old.depth()).toEqual(EMPTY);
    const records = await Promise.all(ids.map((id) => wiring.log.getSummary(id)));
    expect(records.map((record) => record?.status)).toEqual(ids.map(() => 'completed'));
  });

  test.for([
    ['ReceiveMessage', 1],
    ['UpdateItem', 5],
    ['DeleteMessageBatch', 1],
  ] as const)(
    'running them here, killed after %s %i and repeated, ends each task once',
    async ([operation, n], context) => {
      const { killedAfter, untilDone, ids, old, wiring } = await setup(context);
      const endings = async () =>
        Promise.all(ids.map(async (id) => (await wiring.log.getSummary(id))?.finishedAt));

      const killed = await killedAfter(TO_MEMORY, operation, n);
      const atDeath = await endings();
      const repeated = await untilDone(TO_MEMORY);

      expect(killed.code).toBeNull();
      expect(repeated).toMatchObject({ code: 0 });
      expect(await old.depth()).toEqual(EMPTY);
      const atTheEnd = await endings();
      expect(atTheEnd).not.toContain(undefined);
      expect(atTheEnd).toEqual(atDeath.map((ending, index) => ending ?? atTheEnd[index]));
    },
  );

  test('the tasks of a queue that is gone go where their names are associated with now', async (context) => {
    const { removeOld, run, ids, old, wiring } = await setup(context);
    await removeOld();

    const refused = await run(['init']);
    const moved = await run(MOVE);

    expect(refused).toMatchObject({ code: 1 });
    expect(refused.errors).toContain('"old" holds 12 tasks');
    expect(moved).toMatchObject({ code: 0 });
    expect(moved.output).toContain('"old": 12 tasks moved');
    expect(await old.depth()).toEqual(EMPTY);
    const main = wiring.brokers.get('main') as Broker;
    const deliveries = [
      ...(await main.receive({ max: 10, waitSeconds: 0, leaseSeconds: 60 })),
      ...(await main.receive({ max: 10, waitSeconds: 0, leaseSeconds: 60 })),
    ];
    expect(deliveries.map(({ body }) => decodeTask(body).id).sort()).toEqual([...ids].sort());
  });

  test.for([
    ['ReceiveMessage', 1],
    ['SendMessageBatch', 1],
    ['SendMessageBatch', 2],
    ['DeleteMessageBatch', 1],
  ] as const)(
    'moving them, killed after %s %i and repeated, each task runs once',
    async ([operation, n], context) => {
      const world = await setup(context);
      const { removeOld, killedAfter, untilDone, ids, old } = world;
      await removeOld();

      const killed = await killedAfter(MOVE, operation, n);
      const repeated = await untilDone(MOVE);

      expect(killed.code).toBeNull();
      expect(repeated).toMatchObject({ code: 0 });
      expect(await old.depth()).toEqual(EMPTY);
      expect(await runsOf(world)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
    },
  );

  test('what a worker holds is left to it: the command says so, and is to be repeated', async (context) => {
    const { old, run } = await setup(context);
    await old.receive({ max: 1, waitSeconds: 0, leaseSeconds: 600 });

    const { code, errors, output } = await run(TO_MEMORY);

    expect(code).toBe(1);
    expect(output).toContain('"old": 11 tasks run here');
    expect(errors).toContain('"old" still has 1 task (1 in flight)');
  });
});
