import { describe, expect, test } from 'vitest';
import { offloadParameters } from '../../shared/files/payloads.ts';
import { aTask } from '../support/a-task.ts';
import { claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

const FILE = { key: 'files/1/1', name: 'Ergebnisse ü.csv', bytes: 12_345, contentType: 'text/csv' };

/** Tests how every task log stores files. Part of its contract. */
export function describeFilesInTheLog(createHarness: () => Promise<TaskLogHarness>): void {
  describe('a file', () => {
    test('that ends with its task is shown wherever the task is', async () => {
      const { log } = await createHarness();
      const task = aTask({ owner: 'ann' });

      await log.finish(await claimed(log, task), { ...done, file: FILE });

      expect(await log.get(task.id)).toMatchObject({ file: FILE });
      expect(await log.getSummary(task.id)).toMatchObject({ file: FILE });
      expect(await log.list({ owner: 'ann', limit: 1 })).toMatchObject({ tasks: [{ file: FILE }] });
    });

    test('is none if the task ends without', async () => {
      const { log } = await createHarness();
      const task = aTask();

      await log.finish(await claimed(log, task), done);

      expect(await log.getSummary(task.id)).not.toHaveProperty('file');
    });

    test("of a worker that lost its claim does not become the task's", async () => {
      const { log, clock } = await createHarness();
      const task = aTask();
      const zombie = await claimed(log, task);
      clock.advance(61);
      await log.finish(await claimed(log, task, 'worker-2'), { ...done, file: FILE });

      await log.finish(zombie, { ...done, file: { ...FILE, key: 'files/of-the-zombie' } });

      expect(await log.getSummary(task.id)).toMatchObject({ file: FILE });
    });
  });

  describe('parameters in the file store', () => {
    const large = aTask({ parameters: { rows: ['a', 'b'] } });

    test('are read back with the task, and not shown in summaries', async () => {
      const { log, files } = await createHarness();

      await log.recordEnqueued(await offloadParameters(large, files), 'priority');

      const record = await log.get(large.id);
      expect(record).toMatchObject({ ...large, status: 'enqueued' });
      expect(record).not.toHaveProperty('parametersAt');
      expect(await log.getSummary(large.id)).not.toHaveProperty('parametersAt');
    });

    test('are read back after the claim has written the record', async () => {
      const { log, files } = await createHarness();

      await claimed(log, await offloadParameters(large, files));

      expect(await log.get(large.id)).toMatchObject({ ...large, status: 'running' });
    });

    test('are null once they are gone; the rest of the task is still shown', async () => {
      const { log, files } = await createHarness();
      const task = await offloadParameters(large, files);
      await log.recordEnqueued(task, 'priority');

      await files.delete(task.parametersAt ?? '');

      expect(await log.get(large.id)).toMatchObject({ id: large.id, parameters: null });
    });
  });
}
