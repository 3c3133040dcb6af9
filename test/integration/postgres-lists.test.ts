import { expect, test } from 'vitest';
import type { Sql, Statement } from '../../shared/postgres/sql.ts';
import { PostgresQueries } from '../../shared/postgres/task-log/queries.ts';
import type { ListQuery } from '../../shared/task-log/task-log.ts';
import { openDatabase } from '../support/postgres.ts';

type Explained = {
  'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }];
};

/** 50,000 tasks; the oldest ones wait, the newest are completed, a few have failed. */
const TASKS = `
  INSERT INTO task_queue.task_log (id, name, label, owner, master_status, queue, status, parameters,
    created_at, updated_at, expires_at)
  SELECT '01' || lpad(n::text, 24, '0'), 'greet', 'For ' || n, 'ann', false, 'main',
    CASE WHEN n <= 500 THEN 'enqueued' WHEN n % 2000 = 0 THEN 'failed' ELSE 'completed' END, '{}',
    now(), now(), now() + interval '30 days'
  FROM generate_series(1, 50000) AS n`;

const LISTS: readonly (readonly [string, Partial<ListQuery>])[] = [
  ['the newest that wait', { statuses: ['enqueued'] }],
  ['the oldest that are completed', { statuses: ['completed'], order: 'oldest' }],
  ['the newest that wait or run', { statuses: ['enqueued', 'running', 'child_running'] }],
  ['the newest of most statuses', { statuses: ['enqueued', 'completed', 'failed'] }],
];

test('a page by status touches as many pages as it has tasks, wherever those are', async () => {
  const database = await openDatabase();
  await database.query({ text: TASKS });
  await database.query({ text: 'VACUUM ANALYZE task_queue.task_log' });
  const touched = async ({ text, values = [] }: Statement): Promise<number> => {
    const explained = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values };
    const [row] = await database.query<Explained>(explained);
    const plan = row?.['QUERY PLAN'][0].Plan;
    return Number(plan?.['Shared Hit Blocks']) + Number(plan?.['Shared Read Blocks']);
  };

  for (const [list, query] of LISTS) {
    let pages = 0;
    const explaining: Sql = {
      query: async (statement) => {
        pages += await touched(statement);
        return database.query(statement);
      },
    };

    const { tasks } = await new PostgresQueries(explaining, undefined).list({
      limit: 20,
      ...query,
    });

    expect([list, tasks.length]).toEqual([list, 20]);
    expect(pages, list).toBeLessThan(150);
  }
});
