import { expect, onTestFinished, test, vi } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { aTask } from '../support/a-task.ts';
import { logAnHourAgo } from '../support/an-hour-ago.ts';
import { aCli } from '../support/cli.ts';
import { claimed, done } from '../support/task-log-harness.ts';
import { computeStatistics } from '../tasks/compute-statistics.ts';

// Follows docs/operations.md for a restored table.

const statistics = () =>
  aTask({ id: newTaskId(), name: 'compute-statistics', parameters: { values: [1] } });

test('tasks that waited in a restored table run in the current table, except those that ended there', async () => {
  const restored = await aCli();
  const today = await aCli({ worker: { pollWaitSeconds: 1 } });
  const past = logAnHourAgo(restored);
  const [waiting, ended] = [statistics(), statistics()];
  for (const task of [waiting, ended]) await past.recordEnqueued(task, 'main');
  const { log } = today.wiring;
  await log.finish(await claimed(log, ended), done);

  const { queues } = today.resources;
  const TASK_QUEUE_RESOURCES = JSON.stringify({ ...restored.resources, queues });
  const args = ['stuck', 'restart', '--whitelist', 'compute-statistics', '--age', '180'];
  const restart = await today.run(args, { env: { TASK_QUEUE_RESOURCES } });
  const runs: string[] = [];
  const handler = computeStatistics.handledBy(async ({ context }) => {
    runs.push(context.taskId);
    return Report.success('counted');
  });
  const handlers = new Map([[computeStatistics.name, handler]]);
  const worker = new Worker({ ...today.wiring, workerId: 'of a test', handlers });
  const working = worker.run();
  onTestFinished(() => {
    worker.drain();
    return working;
  });

  expect(restart).toMatchObject({ code: 0, output: 'Total: 2, restarted: 2, errors: 0\n' });
  await vi.waitFor(
    async () => {
      expect(await log.countByStatus()).toEqual({ completed: 2 });
      expect(await today.wiring.brokers.get('main')?.depth()).toMatchObject({
        waiting: 0,
        inFlight: 0,
      });
    },
    { timeout: 20_000 },
  );
  expect(runs).toEqual([waiting.id]);
});
