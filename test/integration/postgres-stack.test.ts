import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';
import type { EnqueuedView, StatsView, TaskPageView, TaskView } from '../../shared/api/views.ts';

const ALL_ON_SQL = fileURLToPath(new URL('../../docs/examples/postgresql.json', import.meta.url));

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({ port: 0, workers: 2, configPath: ALL_ON_SQL });
}, 40_000);
afterAll(() => stack.stop(), 30_000);

const fetchJson = async <Answer>(
  path: string,
  { body, ...headers }: { body?: unknown } & Record<string, unknown> = {},
): Promise<Answer> => {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers };
  const answer = await fetch(`${stack.apiUrl}${path}`, request as RequestInit);
  return (await answer.json()) as Answer;
};
const statistics = (value: number) => ({
  name: 'compute-statistics',
  parameters: { values: [value] },
});

test('docs/examples/postgresql.json: a task is run, waited for, listed, counted at once and archived', async () => {
  const { id } = await fetchJson<EnqueuedView>('/tasks', { body: statistics(1) });

  const task = await fetchJson<TaskView>(`/tasks/${id}?wait=20`);
  const counted = await fetchJson<StatsView>('/stats');
  const listed = await fetchJson<TaskPageView>('/tasks?status=completed&name=compute-statistics');
  const archived = await fetchJson(`/tasks/${id}/archive`, { body: {} });

  expect(task).toMatchObject({ status: 'completed', queue: 'background' });
  expect(counted).toMatchObject({ numberOfTasksCompleted: 1 });
  expect(listed.tasks.map((each) => each.id)).toEqual([id]);
  expect(archived).toMatchObject({ id, outcome: 'archived' });
});

test('docs/examples/postgresql.json: a request that is repeated under its key makes no second task', async () => {
  const request = { body: statistics(2), 'idempotency-key': 'order-42' };

  const answers = await Promise.all(
    Array.from({ length: 5 }, () => fetchJson<EnqueuedView>('/tasks', request)),
  );

  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  await vi.waitFor(
    async () => {
      const { byQueue } = await fetchJson<StatsView>('/stats');
      expect(byQueue['background']).toEqual({ archived: 1, completed: 1 });
    },
    { timeout: 20_000 },
  );
});
