import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';
import type { EnqueuedView, QueuesView, TaskView } from '../../shared/api/views.ts';

const MIXED = fileURLToPath(new URL('../../docs/examples/mixed.json', import.meta.url));

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({ port: 0, workers: 1, configPath: MIXED });
}, 40_000);
afterAll(() => stack.stop(), 30_000);

const fetchJson = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await (await fetch(`${stack.apiUrl}${path}`, request)).json()) as Answer;
};

test.each([
  ['SQS', 'priority', 'import-results', { csv: 'participant,score\nann,91' }],
  ['PostgreSQL', 'standard', 'compute-statistics', { values: [1, 2, 9] }],
  ['PostgreSQL', 'background', 'export-results', { deliveryId: 'd-1', rows: 3 }],
])(
  'docs/examples/mixed.json: on %s, a task of queue "%s" is run',
  async (_system, queue, name, parameters) => {
    const { id } = await fetchJson<EnqueuedView>('/tasks', { name, parameters });

    const task = await fetchJson<TaskView>(`/tasks/${id}?wait=20`);

    expect(task).toMatchObject({ status: 'completed', queue });
  },
);

test('docs/examples/mixed.json: the queues tell where they are, and how many tasks they have', async () => {
  const empty = { waiting: 0, inFlight: 0, delayed: 0 };

  await vi.waitFor(
    async () => {
      const { queues } = await fetchJson<QueuesView>('/queues');
      expect(queues.map(({ name, broker, depth }) => ({ name, broker, depth }))).toEqual([
        { name: 'priority', broker: 'sqs', depth: empty },
        { name: 'standard', broker: 'postgres', depth: empty },
        { name: 'background', broker: 'postgres', depth: empty },
      ]);
    },
    { timeout: 5000 },
  );
});
