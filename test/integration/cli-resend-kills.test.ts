import { describe, expect, inject, type TestContext, test, vi } from 'vitest';
import { emulatorEnvironment } from '../../functions/dev/servers/emulators.ts';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { aTask } from '../support/a-task.ts';
import { logAnHourAgo } from '../support/an-hour-ago.ts';
import { buryTask } from '../support/bury-task.ts';
import { aCli } from '../support/cli.ts';
import { startDeadlyProxies } from '../support/deadly-proxy.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { computeStatistics } from '../tasks/compute-statistics.ts';

// The real command, killed right after one of its requests was served; the same command once more;
// and a worker that is at it all the time, over real SQS and DynamoDB servers.

// Most of their time they wait for leases to end.
vi.setConfig({ maxConcurrency: 9 });

const TASKS = 12;
const WAIT = { timeout: 40_000, interval: 100 };

/** @param onTestFinished of the test itself: several run at once */
async function setup({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  // A message that comes while its twin runs is left alone for so long.
  const worker = { pollWaitSeconds: 1, visibilityTimeoutSeconds: 3 };
  const cli = await aCli({ worker });
  const proxies = await startDeadlyProxies(inject('endpoints'));
  onTestFinished(() => proxies.close());
  const env = emulatorEnvironment({ ...inject('endpoints'), ...proxies.endpoints });
  const { log, brokers, deadLetters, config } = cli.wiring;
  const [main, dead] = [brokers.get('main'), deadLetters.get('main')];
  if (!main || !dead) throw new Error('no queue main');

  const tasks = Array.from({ length: TASKS }, () =>
    aTask({ id: newTaskId(), name: 'compute-statistics', parameters: { values: [1] } }),
  );
  const killed = async (args: readonly string[], operation: string, n: number) => {
    const onStart = (pid: number): void => proxies.killAfter(pid, operation, n);
    expect(await cli.run(args, { env, onStart })).toMatchObject({ code: null });
  };

  const runs: string[] = [];
  const handler = computeStatistics.handledBy(async ({ context }) => {
    runs.push(context.taskId);
    return Report.success('counted');
  });
  const startWorker = (): void => {
    const handlers = new Map([[computeStatistics.name, handler]]);
    const parts = { config, brokers, log, logger: quietLogger(), handlers };
    const started = new Worker({ ...parts, workerId: 'worker-1' });
    const ended = started.run();
    onTestFinished(() => {
      started.drain();
      return ended;
    });
  };

  /** Dead letters that a killed process has leased have come back. */
  const leasesEnded = (): Promise<void> =>
    vi.waitFor(async () => {
      // The server looks at leases only when it is asked for messages.
      const ours = await dead.receive({ max: 1, waitSeconds: 0, leaseSeconds: 0 });
      expect(await dead.depth()).toMatchObject({ inFlight: ours.length });
    }, WAIT);

  /** Every task has run once, and no message is left. */
  const workedDown = (): Promise<void> =>
    vi.waitFor(async () => {
      expect(await log.countByStatus()).toEqual({ completed: TASKS });
      expect(await main.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
      expect(runs.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    }, WAIT);
  return { ...cli, log, main, dead, tasks, killed, startWorker, leasesEnded, workedDown };
}

describe.concurrent('stuck restart, killed', { timeout: 60_000 }, () => {
  const RESTART = ['stuck', 'restart', '--whitelist', 'compute-statistics'];

  test.for([
    ['after some tasks are read', 'GetItem', 5],
    ['after some messages are sent', 'SendMessageBatch', 1],
    ['after all messages are sent', 'SendMessageBatch', 2],
    ['after some tasks are noted', 'UpdateItem', 5],
  ] as const)(
    '%s and repeated, loses no task and runs none twice',
    async ([_case, operation, n], context) => {
      const { config, resources, tasks, killed, run, startWorker, workedDown } =
        await setup(context);
      const past = logAnHourAgo({ config, resources });
      for (const task of tasks) await past.recordEnqueued(task, 'main');
      await killed(RESTART, operation, n);
      startWorker();

      expect(await run(RESTART)).toMatchObject({ code: 0 });

      await workedDown();
    },
  );
});

describe.concurrent('dlq redrive, killed', { timeout: 60_000 }, () => {
  const REDRIVE = ['dlq', 'redrive', '--all'];

  test.for([
    ['after letters are received', 'ReceiveMessage', 1],
    ['after some records are reopened', 'UpdateItem', 5],
    ['after some messages are sent', 'SendMessageBatch', 1],
    ['after some letters are deleted', 'DeleteMessageBatch', 1],
    ['after all messages are sent', 'SendMessageBatch', 2],
  ] as const)(
    '%s and repeated, loses no task and runs none twice',
    async ([_case, operation, n], context) => {
      const world = await setup(context);
      const { log, main, dead, tasks, killed, run, startWorker } = world;
      for (const task of tasks) await buryTask(task, main, log);
      startWorker();
      await killed(REDRIVE, operation, n);

      await vi.waitFor(async () => {
        await world.leasesEnded();
        await run(REDRIVE);
        expect(await dead.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
        expect(await log.countByStatus()).toEqual({ completed: TASKS });
      }, WAIT);

      await world.workedDown();
    },
  );
});
