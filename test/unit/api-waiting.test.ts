import { describe, expect, test } from 'vitest';
import { getTask, getTaskStatus } from '../../functions/api/get-task.ts';
import type { ApiRequest } from '../../functions/api/http.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import { aTask } from '../support/a-task.ts';
import { anApi } from '../support/an-api.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { claimed } from '../support/task-log-harness.ts';

/** Counts what is read, and how. */
class CountedLog extends MemoryTaskLog {
  readonly reads: string[] = [];

  override get(taskId: string) {
    this.reads.push('whole');
    return super.get(taskId);
  }

  override getSummary(taskId: string, freshness = 'now') {
    this.reads.push(freshness);
    return super.getSummary(taskId);
  }
}

/** A task that runs, and a caller who waits for its end while time is ours to move. */
async function setup() {
  const log = new CountedLog();
  const task = aTask({ owner: 'ann' });
  await log.recordEnqueued(task, 'main');
  const claim = await claimed(log, task);
  const end = () => log.finish(claim, { status: 'completed', report: Report.info('done') });

  const clock = new ManualClock();
  const pauses: number[] = [];
  let duringPause = async (_pauses: number): Promise<unknown> => undefined;
  const time = {
    clock,
    pause: async (milliseconds: number): Promise<void> => {
      pauses.push(milliseconds);
      clock.advance(milliseconds / 1000);
      await duringPause(pauses.length);
    },
  };
  const request = (wait: string | undefined, more: Partial<ApiRequest> = {}): ApiRequest => ({
    caller: { owner: 'ann', isAdmin: false },
    path: { id: task.id },
    query: wait === undefined ? {} : { wait },
    headers: {},
    body: () => undefined,
    ...more,
  });
  return {
    log,
    pauses,
    end,
    request,
    whilePausing: (action: typeof duringPause) => {
      duringPause = action;
    },
    get: (wait?: string, more?: Partial<ApiRequest>) =>
      getTask({ log, catalogue: taskCatalogue([]) }, time)(request(wait, more)),
    getStatus: (wait?: string) => getTaskStatus({ log }, time)(request(wait)),
  };
}

describe('GET /tasks/{id}?wait=20', () => {
  test('answers as soon as the task has ended, like without', async () => {
    const { get, end, pauses, whilePausing } = await setup();
    whilePausing((count) => (count === 5 ? end() : Promise.resolve()));

    const reply = await get('20');

    expect(reply).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(reply).toEqual(await get());
    expect(pauses).toHaveLength(5);
  });

  test('answers at once for a task that has ended', async () => {
    const { get, end, pauses } = await setup();
    await end();

    expect(await get('20')).toMatchObject({ body: { status: 'completed' } });
    expect(pauses).toEqual([]);
  });

  test('answers with the task as it is when the time is over', async () => {
    const { get, pauses } = await setup();

    const reply = await get('20');

    expect(reply).toMatchObject({ status: 200, body: { status: 'running' } });
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeCloseTo(20_000, 5);
  });

  test('looks soon at first, then twice a second, at half price', async () => {
    const { get, pauses, log } = await setup();

    await get('25');

    expect(pauses.slice(0, 6)).toEqual([100, 150, 225, 337.5, 500, 500]);
    expect(log.reads.slice(0, 3)).toEqual(['now', 'soon', 'soon']);
    expect(log.reads.at(-1)).toBe('whole');
    expect(log.reads.filter((read) => read === 'soon').length).toBeLessThanOrEqual(53);
  });

  test('stops looking when nobody waits any more', async () => {
    const { get, pauses, whilePausing } = await setup();
    const gone = new AbortController();
    whilePausing(async (count) => (count === 3 ? gone.abort() : undefined));

    await get('20', { signal: gone.signal });

    expect(pauses).toHaveLength(3);
  });

  test('works for the status alone', async () => {
    const { getStatus, end, whilePausing } = await setup();
    whilePausing((count) => (count === 2 ? end() : Promise.resolve()));

    expect(await getStatus('20')).toMatchObject({ status: 200, body: { status: 'completed' } });
  });

  test.each(['', '/status'])(
    '/tasks/{id}%s answers 404 at once for nobody’s task',
    async (path) => {
      const { get, record } = anApi();
      const { id } = await record('ben');

      expect(await get(`/tasks/${id}${path}?wait=25`)).toMatchObject({ status: 404 });
    },
  );

  test.each([undefined, '0'])('reads once and waits for nothing with %s', async (wait) => {
    const { get, log, pauses } = await setup();

    await get(wait);

    expect(log.reads).toEqual(['whole']);
    expect(pauses).toEqual([]);
  });

  test.each(['26', '-1', '1.5', '1e1', 'long'])('refuses to wait %s seconds', async (wait) => {
    const { get, record } = anApi();
    const { id } = await record('ann');

    expect(await get(`/tasks/${id}?wait=${wait}`)).toMatchObject({
      status: 400,
      body: {
        code: 'QUERY_INVALID',
        errors: [{ path: 'wait', message: 'must be a whole number from 0 to 25' }],
      },
    });
  });
});
