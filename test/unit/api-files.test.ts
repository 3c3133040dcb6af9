import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { ADMIN, anApi } from '../support/an-api.ts';

/** An API with a task of Ann's that made a file. */
async function setup(changes: { name?: string } = {}) {
  const api = anApi();
  const task = await api.record('ann', { name: 'wave', ...changes });
  const file = { key: `files/${task.id}/1`, name: 'a.csv', bytes: 4, contentType: 'text/csv' };
  await api.files.put({ ...file, content: Buffer.from('a,b\n') });
  await api.run(task, 'completed', file);
  return { ...api, task, file };
}

describe('GET /tasks/{id}/file', () => {
  test('leads to the file, and says what it is', async () => {
    const { get, task } = await setup();
    const askedAt = Date.now();

    const { status, headers, body } = await get(`/tasks/${task.id}/file`);

    expect(status).toBe(303);
    expect(headers).toMatchObject({ location: body.url, 'cache-control': 'no-store' });
    expect(body).toEqual({
      url: expect.any(String),
      name: 'a.csv',
      bytes: 4,
      contentType: 'text/csv',
      expiresAt: expect.any(String),
    });
    expect(Date.parse(body.expiresAt) - askedAt).toBeGreaterThanOrEqual(300_000);
    expect(await (await fetch(body.url)).text()).toBe('a,b\n');
  });

  test('leads an admin to the file of anybody', async () => {
    const { get, task } = await setup();

    expect(await get(`/tasks/${task.id}/file`, ADMIN)).toMatchObject({ status: 303 });
  });

  test('answers the same for a task of another as for none', async () => {
    const { get, task } = await setup();
    const nobodys = newTaskId();

    const ofAnother = await get(`/tasks/${task.id}/file`, 'ben');
    const ofNobody = await get(`/tasks/${nobodys}/file`, 'ben');

    expect(ofAnother).toMatchObject({ status: 404, body: { code: 'TASK_NOT_FOUND' } });
    expect(ofAnother.text.replaceAll(task.id, nobodys)).toBe(ofNobody.text);
  });

  test.each([
    ['has made none', 'completed'],
    ['has failed', 'failed'],
    ['still runs', undefined],
  ] as const)('says that there is no file when the task %s', async (_case, ending) => {
    const { get, record, run } = anApi();
    const task = await record('ann');
    await run(task, ending);

    expect(await get(`/tasks/${task.id}/file`)).toMatchObject({
      status: 404,
      body: { code: 'FILE_NOT_FOUND' },
    });
  });
});

describe('a task in the API', () => {
  test('says its category and whether it has a file, alone and in a list', async () => {
    const { get, task } = await setup();

    const alone = await get(`/tasks/${task.id}`);
    const list = await get('/tasks');

    const shown = { id: task.id, category: 'export', hasFile: true };
    expect(alone.body).toMatchObject(shown);
    expect(list.body).toMatchObject({ tasks: [shown] });
  });

  test('keeps to itself where the file is', async () => {
    const { get, task, file } = await setup();

    expect((await get(`/tasks/${task.id}`)).text).not.toContain(file.key);
  });

  test('without a file, and of a name that is not defined any more, says that too', async () => {
    const { get, record } = anApi();
    const { id } = await record('ann', { name: 'gone' });

    expect((await get(`/tasks/${id}`)).body).toMatchObject({
      category: 'unknown',
      hasFile: false,
    });
  });
});
