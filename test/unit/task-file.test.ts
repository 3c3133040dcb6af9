import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { defineTask, type TaskCategory, taskCatalogue } from '../../shared/task/task-definition.ts';
import type { TaskStatus } from '../../shared/task-log/status.ts';
import { deleteFileOf, downloadableFile } from '../../shared/task-log/task-file.ts';
import type { TaskSummary } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';

const FILE = { key: 'files/1/1', name: 'results.csv', bytes: 4, contentType: 'text/csv' };

const catalogueOf = (category: TaskCategory) =>
  taskCatalogue([defineTask({ name: 'make', category, parameters: z.unknown() })]);

function aSummary(status: TaskStatus, changes: Partial<TaskSummary> = {}): TaskSummary {
  const { parameters: _, ...task } = aTask({ name: 'make' });
  return { ...task, queue: 'main', status, attempt: 1, updatedAt: '', file: FILE, ...changes };
}

describe('the file of a task can be downloaded', () => {
  test.each(['completed', 'archived'] as const)('once the task is %s', (status) => {
    expect(downloadableFile(aSummary(status), catalogueOf('import'))).toEqual(FILE);
  });

  test.each(['running', 'child_running', 'enqueued'] as const)(
    'not while the task is %s',
    (status) => {
      expect(downloadableFile(aSummary(status), catalogueOf('import'))).toBeUndefined();
    },
  );

  test('not once an export is archived', () => {
    expect(downloadableFile(aSummary('archived'), catalogueOf('export'))).toBeUndefined();
  });

  test('not if there is none', () => {
    const { file: _, ...without } = aSummary('completed');

    expect(downloadableFile(without, catalogueOf('export'))).toBeUndefined();
  });
});

describe('archiving a task', () => {
  async function keysAfterArchiving(category: TaskCategory, changes: Partial<TaskSummary> = {}) {
    const files = new MemoryFileStore();
    await files.put({ ...FILE, content: Buffer.from('a,b\n') });
    await deleteFileOf(aSummary('archived', changes), catalogueOf(category), files);
    await deleteFileOf(aSummary('archived', changes), catalogueOf(category), files);
    return files.keys;
  }

  test('deletes the file of an export, however often it is archived', async () => {
    expect(await keysAfterArchiving('export')).toEqual([]);
  });

  test.each(['import', 'unknown'] as const)('keeps the file of category %s', async (category) => {
    expect(await keysAfterArchiving(category)).toEqual([FILE.key]);
  });

  test('keeps the file of a task that nobody defines any more', async () => {
    expect(await keysAfterArchiving('export', { name: 'gone' })).toEqual([FILE.key]);
  });

  test('does nothing about a task without a file, or without a file store', async () => {
    const { file: _, ...without } = aSummary('archived');

    await deleteFileOf(without, catalogueOf('export'), new MemoryFileStore());
    await deleteFileOf(aSummary('archived'), catalogueOf('export'), undefined);
  });
});
