import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { PermanentTaskError } from '../../shared/task/task-context.ts';
import { AttemptFile } from '../../shared/worker/attempt-file.ts';

const CLAIM = { taskId: '01ARZ3NDEKTSV4RRFFQ69G5FAV', token: 3, attempt: 2 };
const KEY = `files/${CLAIM.taskId}/3`;
const NEVER = new AbortController().signal;

function setup(files = new MemoryFileStore()) {
  const attempt = new AttemptFile(CLAIM, files);
  const store = (name: string, text = 'a,b\n', contentType?: string) => {
    const content = Buffer.from(text);
    return attempt.store({ name, content, ...(contentType && { contentType }) }, NEVER);
  };
  const read = async () => String(await files.get(KEY));
  return { attempt, files, store, read };
}

describe('the file of an attempt', () => {
  test('is kept under the task and the claim, with all that a download needs', async () => {
    const { attempt, store, read } = setup();

    const stored = await store('results.csv', 'a,b\n', 'text/csv; charset=utf-8');

    expect(stored).toEqual({
      key: KEY,
      name: 'results.csv',
      bytes: 4,
      contentType: 'text/csv; charset=utf-8',
    });
    expect(await attempt.last()).toEqual(stored);
    expect(await read()).toBe('a,b\n');
  });

  test('may come from the disk', async () => {
    const { attempt, read } = setup();
    const path = join(mkdtempSync(join(tmpdir(), 'attempt-file-')), 'made.csv');
    writeFileSync(path, 'made by the task');

    await attempt.store({ name: 'results.csv', path }, NEVER);

    expect(await attempt.last()).toMatchObject({
      name: 'results.csv',
      bytes: 16,
      contentType: 'application/octet-stream',
    });
    expect(await read()).toBe('made by the task');
  });

  test('is none when there is nothing at its path, and the handler learns why', async () => {
    const { attempt, files } = setup();

    const storing = attempt.store({ name: 'results.csv', path: '/nowhere/at/all' }, NEVER);

    await expect(storing).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await attempt.last()).toBeUndefined();
    expect(files.keys).toEqual([]);
  });

  test('is the last of several, in the order of the calls', async () => {
    const { attempt, files, store, read } = setup();

    await Promise.all([store('first.csv', 'first, and longer'), store('second.csv', 'second')]);

    expect(await attempt.last()).toMatchObject({ name: 'second.csv', bytes: 6 });
    expect(await read()).toBe('second');
    expect(files.keys).toEqual([KEY]);
  });

  test('is also one that the handler did not wait for', async () => {
    const { attempt, store } = setup();

    void store('results.csv');

    expect(await attempt.last()).toMatchObject({ name: 'results.csv' });
  });

  test('stays what it is when a second one cannot be stored', async () => {
    const { attempt, store, read } = setup();
    await store('first.csv', 'first');

    await store('../second.csv').catch(() => undefined);

    expect(await attempt.last()).toMatchObject({ name: 'first.csv' });
    expect(await read()).toBe('first');
  });

  test.each([
    'x',
    'Ergebnisse für Ü.csv',
    '.hidden',
    'x'.repeat(255),
    '結果.csv',
    '🙂',
    'a"b;c%.csv',
  ])('may be called "%s"', async (name) => {
    const { store } = setup();

    expect(await store(name)).toMatchObject({ name });
  });

  test.each([
    ['nothing', ''],
    ['256 bytes', 'x'.repeat(256)],
    ['129 characters of two bytes', 'ü'.repeat(129)],
    ['a path', 'a/b.csv'],
    ['a path of Windows', 'a\\b.csv'],
    ['a folder', '..'],
    ['a line break', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['half a character', 'a\ud800'],
  ])('may not be called %s: that fails the task at once', async (_case, name) => {
    const { files, store } = setup();

    await expect(store(name)).rejects.toBeInstanceOf(PermanentTaskError);
    expect(files.keys).toEqual([]);
  });

  test('is refused with all that is wrong with it', async () => {
    const { store } = setup();

    const storing = store(`/${'x'.repeat(255)}`, '', 'text/csv\r\nx-evil: 1');

    await expect(storing).rejects.toThrow(/256 bytes.*path.*content type/);
  });

  test('cannot be stored in a deployment without a bucket, and the error says how to fix it', async () => {
    const attempt = new AttemptFile(CLAIM, undefined);

    const storing = attempt.store({ name: 'a.csv', content: Buffer.from('') }, NEVER);

    await expect(storing).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
