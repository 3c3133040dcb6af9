import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';

const PAGE = fileURLToPath(new URL('../../docs/files.md', import.meta.url));
const ADDRESS = 'http://127.0.0.1:4280';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({ port: 0, workers: 1 });
}, 30_000);
afterAll(() => stack.stop(), 30_000);

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${stack.apiUrl}${path}`, { redirect: 'manual', ...init });

/** Enqueues a task and waits until it has ended. Returns it as the API shows it. */
async function ended(name: string, parameters: unknown) {
  const body = JSON.stringify({ name, parameters });
  const accepted = await call('/tasks', { method: 'POST', body });
  const { id } = (await accepted.json()) as { id: string };
  return vi.waitFor(
    async () => {
      const task = (await (await call(`/tasks/${id}`)).json()) as Record<string, unknown>;
      expect(task['status']).toBe('completed');
      return task;
    },
    { timeout: 10_000, interval: 100 },
  );
}

test('what a task exported is downloaded under its name, by its owner only', async () => {
  const task = await ended('export-results', { deliveryId: 'd-1', rows: 3 });

  const answer = await call(`/tasks/${task['id']}/file`);
  const download = await fetch(answer.headers.get('location') ?? '');
  const toAnother = await call(`/tasks/${task['id']}/file`, { headers: { 'x-local-user': 'eve' } });

  expect(task).toMatchObject({ category: 'export', hasFile: true });
  expect(answer.status).toBe(303);
  expect(await answer.json()).toMatchObject({ name: 'd-1.csv', contentType: 'text/csv' });
  expect(download.headers.get('content-disposition')).toContain('filename="d-1.csv"');
  expect((await download.text()).split('\n')).toHaveLength(5);
  expect(toAnother.status).toBe(404);
});

test('a task of 400 kB runs, and is shown with all its parameters', async () => {
  const values = Array.from({ length: 20_000 }, (_, index) => index / 7 + 0.123_456_789);

  const task = await ended('compute-statistics', { values });

  expect(JSON.stringify(values).length).toBeGreaterThan(350_000);
  expect(task['parameters']).toEqual({ values });
  expect(task).toMatchObject({ report: { children: [{ data: { count: 20_000 } }] } });
});

test('the example in docs/files.md downloads a file of 500 rows', async () => {
  const [, script = ''] = /```sh\n(.+?)```/s.exec(await readFile(PAGE, 'utf8')) ?? [];
  const cwd = await mkdtemp(join(tmpdir(), 'files-example-'));

  await new Promise<void>((resolve, reject) => {
    const here = script.replace(ADDRESS, stack.apiUrl);
    execFile('bash', ['-ec', here], { cwd, timeout: 15_000 }, (error) =>
      error ? reject(error) : resolve(),
    );
  });

  const lines = (await readFile(join(cwd, 'd-7.csv'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(501);
});
