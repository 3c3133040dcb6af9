import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { ADMIN, ARN, anApi } from '../support/an-api.ts';
import { ManualClock } from '../support/manual-clock.ts';

type Listed = { readonly tasks: readonly { readonly id: string }[] };
const idsIn = ({ tasks }: Listed): string[] => tasks.map(({ id }) => id);
const iso = (time: number): string => encodeURIComponent(new Date(time).toISOString());

describe('GET /tasks with filters', () => {
  test.each([
    ['name=wave', ['wave']],
    ['name=wave,greet', ['wave', 'greet']],
    ['name=wave&name=greet', ['wave', 'greet']],
    ['labelPrefix=Wave', ['wave']],
    ['status=completed', ['wave']],
    ['status=running,enqueued', ['greet', 'nod']],
    ['statusCategory=in_progress', ['greet']],
    ['statusCategory=in_progress,completed&status=completed', ['wave']],
    ['statusCategory=failed', []],
    ['category=export', ['wave']],
    ['category=export,create', ['wave', 'greet']],
    ['category=export&name=greet,wave', ['wave']],
    ['category=import', []],
    ['queue=main', ['wave', 'greet', 'nod']],
    ['queue=slow', []],
  ])('?%s narrows the list', async (query, names) => {
    const { get, record, run } = anApi();
    await record('ann', { name: 'nod', label: 'Nod' });
    await run(await record('ann', { name: 'greet', label: 'Greet Ann' }));
    await run(await record('ann', { name: 'wave', label: 'Wave to Ann' }), 'completed');

    const { status, body } = await get(`/tasks?${query}`);

    expect(status).toBe(200);
    expect(body.tasks.map(({ name }: { name: string }) => name).sort()).toEqual(names.toSorted());
  });

  test('lists the children of a task, but only one’s own', async () => {
    const { get, record } = anApi();
    const parentId = newTaskId();
    const child = await record('ann', { parentId });
    await record('ben', { parentId });
    await record('ann');

    expect(idsIn((await get(`/tasks?parentId=${parentId}`)).body)).toEqual([child.id]);
    expect(idsIn((await get(`/tasks?parentId=${parentId}`, ADMIN)).body)).toHaveLength(2);
  });

  test('takes times as ranges: the first moment belongs to it, the last does not', async () => {
    const clock = new ManualClock();
    const { get, record } = anApi({ log: new MemoryTaskLog(clock) });
    const start = clock.now();
    await record('ann');
    clock.moveTo(start + 60_000);
    const later = await record('ann');
    const [from, to] = [iso(start + 60_000), iso(start + 120_000)];

    const inside = await get(`/tasks?updatedAfter=${from}&updatedBefore=${to}`);
    const before = await get(`/tasks?updatedAfter=${iso(start)}&updatedBefore=${from}`);
    const created = await get(`/tasks?createdBefore=${iso(start - 60_000)}`);

    expect(idsIn(inside.body)).toEqual([later.id]);
    expect(before.body.tasks).toHaveLength(1);
    expect(created.body).toEqual({ tasks: [] });
  });

  test('sorts oldest first on demand, page by page', async () => {
    const { get, record } = anApi();
    const tasks = [await record('ann'), await record('ann'), await record('ann')];

    const first = await get('/tasks?sort=oldest&limit=2');
    const second = await get(`/tasks?sort=oldest&limit=2&cursor=${first.body.next}`);

    expect([...idsIn(first.body), ...idsIn(second.body)]).toEqual(tasks.map(({ id }) => id));
    expect(second.body).not.toHaveProperty('next');
  });

  test('refuses a cursor that was made for another list', async () => {
    const { get, record } = anApi();
    await record('ann');
    await record('ann');
    const { body } = await get('/tasks?limit=1');

    expect(await get(`/tasks?limit=1&sort=oldest&cursor=${body.next}`)).toMatchObject({
      status: 400,
      body: { code: 'CURSOR_INVALID' },
    });
  });

  test('skips by offset, and says how many records that read', async () => {
    const { get, record } = anApi();
    const tasks = [await record('ann'), await record('ann'), await record('ann')];

    const { body } = await get('/tasks?offset=1&limit=1');

    expect(idsIn(body)).toEqual([tasks[1]?.id]);
    expect(body).toMatchObject({ next: expect.any(String), recordsRead: 3 });
  });
});

describe('GET /tasks?owner=', () => {
  test('lists the tasks of anybody for an admin', async () => {
    const { get, record } = anApi();
    const task = await record('ben');
    await record('ann');

    const { body } = await get(`/tasks?owner=${ARN}ben`, ADMIN);

    expect(idsIn(body)).toEqual([task.id]);
  });

  test('lists one’s own tasks for others, and refuses those of somebody else', async () => {
    const { get, record } = anApi();
    await record('ann');

    expect((await get(`/tasks?owner=${ARN}ann`)).body.tasks).toHaveLength(1);
    expect(await get(`/tasks?owner=${ARN}ben`)).toMatchObject({
      status: 403,
      body: { code: 'OWNER_FORBIDDEN', errors: [{ path: 'owner' }] },
    });
  });
});

describe('GET /tasks?page=', () => {
  test('answers as the original’s data table: total counts pages, amount the rows of this one', async () => {
    const { get, record } = anApi();
    const tasks = [];
    for (let index = 0; index < 5; index++) tasks.push(await record('ann'));
    await record('ben');

    const { status, body } = await get('/tasks?page=3&rows=2&status=enqueued');

    expect(status).toBe(200);
    expect(body).toMatchObject({ rows: 2, page: 3, amount: 1, total: 3, records: 5 });
    expect(body.data).toMatchObject([{ id: tasks[0]?.id, statusLabel: 'Queued' }]);
    // Ann's five records, once for the page and once for the count.
    expect(body.recordsRead).toBe(10);
  });

  test('has 25 rows unless told otherwise, and an empty page beyond the last', async () => {
    const { get, record } = anApi();
    await record('ann');

    expect((await get('/tasks?page=1')).body).toMatchObject({ rows: 25, amount: 1, total: 1 });
    expect((await get('/tasks?rows=10')).body).toMatchObject({ rows: 10, page: 1 });
    expect((await get('/tasks?page=2')).body).toMatchObject({ page: 2, amount: 0, data: [] });
  });
});

describe('GET /tasks refuses', () => {
  test.each([
    ['status=done', ['status[0]', '"enqueued"', '"unknown"']],
    ['status=failed,', ['status[1]']],
    ['statusCategory=done', ['statusCategory[0]', '"in_progress"']],
    ['name=', ['name[0]']],
    ['category=unknown', ['category[0]', '"import"', '"unrelated_resource"']],
    ['parentId=42', ['parentId', 'id of a task']],
    ['createdAfter=yesterday', ['createdAfter', '2026-11-24T09:30:00Z']],
    ['updatedBefore=2026-11-24', ['updatedBefore', 'date-time']],
    ['updatedAfter=1969-12-31T23:59:59Z', ['updatedAfter', '1970']],
    ['createdAfter=9999-12-31T23:59:59-12:00', ['createdAfter', '9999']],
    ['sort=name', ['sort', '"newest"', '"oldest"']],
    ['rows=101', ['rows', '100']],
    ['offset=-1', ['offset']],
    ['limit=0x10', ['limit', 'must be a whole number from 1 to 100']],
    ['limit=1e1', ['limit', 'must be a whole number from 1 to 100']],
    ['limit=many', ['limit', 'must be a whole number from 1 to 100']],
    ['limit=', ['limit', 'must be a whole number from 1 to 100']],
    ['offset=10001', ['offset', '10000']],
    ['page=0', ['page']],
    ['page=402&rows=25', ['page', '401']],
    ['cursor=x&offset=0', ['cursor', 'offset']],
    ['cursor=x&page=2', ['cursor', 'page']],
    ['limit=5&page=2', ['limit', 'page']],
    ['offset=5&rows=2', ['offset', 'rows']],
    ['labelPrefix=a%00', ['labelPrefix', 'U+0000']],
    ['name=wave,a%00', ['name', 'U+0000']],
    ['queue=%00', ['queue', 'U+0000']],
    ['colour=red', ['"colour"', 'accepted: ', 'labelPrefix', 'createdBefore']],
    [
      'createdAfter=2026-11-24T10:00:00Z&createdBefore=2026-11-24T10:00:00Z',
      ['createdBefore', 'later than createdAfter'],
    ],
    ['limit=0&sort=up&colour=red&page=2', ['limit', 'sort', '"colour"', 'together with page']],
  ])('?%s, naming all that is wrong', async (query, told) => {
    const { status, body } = await anApi().get(`/tasks?${query}`);

    expect(status).toBe(400);
    expect(body.code).toBe('QUERY_INVALID');
    for (const text of told) expect(JSON.stringify(body).replaceAll('\\', '')).toContain(text);
  });
});
