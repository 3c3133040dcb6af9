import { expect, test } from 'vitest';
import * as z from 'zod';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { decide } from '../../shared/task-log/commands.ts';
import { aTask } from '../support/a-task.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const FILE = { key: 'files/1/1', name: 'results.csv', bytes: 4, contentType: 'text/csv' };

test('the file of an export goes also when the export ends just before it is archived by force', async () => {
  const log = new MemoryTaskLog();
  const files = new MemoryFileStore();
  const catalogue = taskCatalogue([
    defineTask({ name: 'make', category: 'export', parameters: z.unknown() }),
  ]);
  const task = aTask({ name: 'make' });
  const claim = await claimed(log, task);
  const seen = await log.getSummary(task.id);
  if (!seen) throw new Error('the task has no record');
  await files.put({ ...FILE, content: Buffer.from('a,b\n') });
  await log.finish(claim, { ...done, file: FILE });

  await decide({ log, catalogue, files }, 'archive', seen, { force: true });

  expect(files.keys).toEqual([]);
});
