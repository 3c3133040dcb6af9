import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginning, FileJournal, JournalBusyError } from '../../shared/bulk/file-journal.ts';

const PROGRESS = beginning({ table: 'log' }, 'digest');

async function setup() {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-journal-'));
  return { directory, path: join(directory, 'tasks.jsonl.progress') };
}

test('a journal reads what was written last, and leaves nothing else behind', async () => {
  const { directory, path } = await setup();
  const journal = await FileJournal.take(path);
  expect(await journal.read()).toBeUndefined();

  await journal.write(PROGRESS);
  const later = { ...PROGRESS, done: { ...PROGRESS.done, lines: 7 } };
  await journal.write(later);
  await journal.release();

  expect(await (await FileJournal.take(path)).read()).toEqual(later);
  expect(await readdir(directory)).toEqual(['tasks.jsonl.progress', 'tasks.jsonl.progress.lock']);
});

test('a write that died half way leaves the journal as it was', async () => {
  const { path } = await setup();
  const journal = await FileJournal.take(path);
  await journal.write(PROGRESS);

  await writeFile(`${path}.new`, '{"version":');

  expect(await journal.read()).toEqual(PROGRESS);
});

test('a journal belongs to one process at a time', async () => {
  const { path } = await setup();
  const journal = await FileJournal.take(path);

  const taken = FileJournal.take(path);

  await expect(taken).rejects.toBeInstanceOf(JournalBusyError);
  await expect(taken).rejects.toThrow(String(process.pid));
  await journal.release();
  await expect(FileJournal.take(path)).resolves.toBeInstanceOf(FileJournal);
});

test('the lock of a process that is dead holds nobody up', async () => {
  const { path } = await setup();
  // No process has such an id. https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html
  await writeFile(`${path}.lock`, '4194305');

  await FileJournal.take(path);

  expect(await readFile(`${path}.lock`, 'utf8')).toBe(String(process.pid));
});

test('the lock of a process that had the same id, as in a container that was restarted, holds nobody up', async () => {
  const { path } = await setup();
  await writeFile(`${path}.lock`, String(process.pid));

  await expect(FileJournal.take(path)).resolves.toBeInstanceOf(FileJournal);
});

test('of several processes that find a dead lock at once, one gets the journal', async () => {
  const { path } = await setup();
  await writeFile(`${path}.lock`, '4194305');
  const journal = new URL('../../shared/bulk/file-journal.ts', import.meta.url).href;
  // Says that it is there, takes it when told to, and keeps it for as long as it lives.
  const code = `
    const { FileJournal } = await import(${JSON.stringify(journal)});
    process.stdout.write('ready');
    process.stdin.once('data', async () => {
      const take = FileJournal.take(${JSON.stringify(path)});
      process.stdout.write(await take.then(() => 'taken', (error) => error.constructor.name));
    });`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code]),
  );
  const said = () =>
    Promise.all(children.map(async ({ stdout }) => String(await once(stdout, 'data'))));

  await said();
  const answers = said();
  for (const { stdin } of children) stdin.write('now');

  expect((await answers).toSorted()).toEqual([
    ...Array.from({ length: 3 }, () => 'JournalBusyError'),
    'taken',
  ]);
  for (const { stdin } of children) stdin.end();
});
