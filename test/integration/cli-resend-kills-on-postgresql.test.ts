import { describe, expect, type TestContext, test, vi } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { Report } from '../../shared/report/report.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { keepAllOnPostgres } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { logAnHourAgo } from '../support/an-hour-ago.ts';
import { buryTask } from '../support/bury-task.ts';
import { aCli } from '../support/cli.ts';
import { startDeadlyPostgres } from '../support/deadly-postgres.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { computeStatistics } from '../tasks/compute-statistics.ts';

// The real command, killed right after each of its statements in turn; the same command once more; and a
// worker that is at it all the time, over a real PostgreSQL server.

keepAllOnPostgres();

// Most of their time they wait for processes and polls.
vi.setConfig({ maxConcurrency: 10 });

const TASKS = 3;
const WAIT = { timeout: 40_000, interval: 100 };

async function setup({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const worker = { pollWaitSeconds: 1, visibilityTimeoutSeconds: 3 };
  const cli = await aCli({ worker }, onTestFinished);
  const address = cli.resources.databases?.['default'];
  if (!address) throw new Error('there is no database');
  const database = new PostgresDatabase(address);
  onTestFinished(() => database.end());
  const proxy = await startDeadlyPostgres(address.url, onTestFinished);
  const TASK_QUEUE_RESOURCES = JSON.stringify({
    ...cli.resources,
    databases: { default: { ...address, url: proxy.url } },
  });
  const { log, brokers, deadLetters, config } = cli.wiring;
  const [main, dead] = [brokers.get('main'), deadLetters.get('main')];
  if (!main || !dead) throw new Error('no queue main');
  const tasks = Array.from({ length: TASKS }, () =>
    aTask({ id: newTaskId(), name: 'compute-statistics', parameters: { values: [1] } }),
  );

  const runs: string[] = [];
  const handler = computeStatistics.handledBy(async ({ context }) => {
    runs.push(context.taskId);
    return Report.success('counted');
  });
  const handlers = new Map([[computeStatistics.name, handler]]);
  const parts = { config, brokers, log, logger: quietLogger(), handlers };
  const startWorker = (): void => {
    const started = new Worker({ ...parts, workerId: 'worker-1' });
    const ended = started.run();
    onTestFinished(() => {
      started.drain();
      return ended;
    });
  };

  return {
    ...cli,
    log,
    main,
    dead,
    tasks,
    startWorker,
    /** Dead letters that a killed process has leased come back, as after the time of their leases. */
    endLeases: () =>
      database.query({ text: 'UPDATE task_queue.dead_letters SET visible_at = now()' }),
    /** Killed after so many statements; not at all when it makes fewer. */
    killedAfter: (args: readonly string[], n: number) =>
      cli.run(args, {
        env: { TASK_QUEUE_RESOURCES },
        onStart: (pid) => proxy.killAfter(pid, n),
      }),
    /** Every task has run once, and nothing is left. */
    workedDown: (): Promise<void> =>
      vi.waitFor(async () => {
        expect(await log.countByStatus()).toEqual({ completed: TASKS });
        for (const queue of [main, dead]) {
          expect(await queue.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
        }
        expect(runs.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
      }, WAIT),
  };
}

/** Each statement of a command that makes so many, and one more: then it ends by itself. */
const eachOf = (statements: number): [number, number | null][] =>
  Array.from({ length: statements + 1 }, (_, index) => [index + 1, index < statements ? null : 0]);

describe.concurrent('on PostgreSQL', { timeout: 90_000 }, () => {
  const RESTART = ['stuck', 'restart', '--whitelist', 'compute-statistics'];

  test.for(eachOf(13))(
    'stuck restart, killed after statement %i and repeated, loses no task and runs none twice',
    async ([n, ended], context) => {
      const world = await setup(context);
      const past = logAnHourAgo(world);
      for (const task of world.tasks) await past.recordEnqueued(task, 'main');

      const { code } = await world.killedAfter(RESTART, n);
      world.startWorker();
      expect(await world.run(RESTART)).toMatchObject({ code: 0 });

      expect(code).toBe(ended);
      await world.workedDown();
    },
  );

  const REDRIVE = ['dlq', 'redrive', '--all'];

  test.for(eachOf(26))(
    'dlq redrive, killed after statement %i and repeated, loses no task and runs none twice',
    async ([n, ended], context) => {
      const world = await setup(context);
      const { tasks, log, main, dead } = world;
      for (const task of tasks) await buryTask(task, main, log);
      world.startWorker();

      const { code } = await world.killedAfter(REDRIVE, n);
      expect(code).toBe(ended);
      await vi.waitFor(async () => {
        await world.endLeases();
        await world.run(REDRIVE);
        expect(await dead.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
      }, WAIT);

      await world.workedDown();
    },
  );
});
