import { decodeTime } from 'ulid';
import { describe, expect, test } from 'vitest';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { aTask } from '../support/a-task.ts';
import { ADMIN, anApi } from '../support/an-api.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { claimed } from '../support/task-log-harness.ts';

const iso = (time: number): string => new Date(time).toISOString();

describe('GET /stats/execution-times', () => {
  const setup = async () => {
    const clock = new ManualClock();
    const api = anApi({ log: new MemoryTaskLog(clock) });
    const runFor = async (seconds: number, user: string, ending: 'completed' | 'failed') => {
      const task = await api.record(user);
      const claim = await claimed(api.log, task);
      clock.advance(seconds);
      await api.log.finish(claim, { status: ending, report: Report.info(ending) });
    };
    await runFor(2, 'ann', 'completed');
    await runFor(4, 'ann', 'failed');
    await runFor(60, 'ben', 'completed');
    const { id } = await api.record('ann');
    // Ids only grow. In a process in which a test moved the clock they may be ahead of it.
    const created = decodeTime(id);
    return { ...api, range: `from=${iso(created - 60_000)}&to=${iso(created + 60_000)}` };
  };

  test('sums up how long the caller’s tasks took that were created in the range', async () => {
    const { get, range } = await setup();

    const { status, body } = await get(`/stats/execution-times?${range}`);

    expect(status).toBe(200);
    expect(body).toEqual({
      from: expect.stringMatching(/Z$/),
      to: expect.stringMatching(/Z$/),
      tasks: [
        {
          name: aTask().name,
          count: 2,
          minSeconds: 2,
          meanSeconds: 3,
          p50Seconds: 2,
          p95Seconds: 4,
          maxSeconds: 4,
        },
      ],
      recordsRead: 3,
    });
  });

  test('sums up everybody’s tasks for an admin, and nothing from before', async () => {
    const { get, range } = await setup();
    const past = 'from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z';

    const everybodys = await get(`/stats/execution-times?${range}`, ADMIN);

    expect(everybodys.body.tasks).toMatchObject([{ count: 3, maxSeconds: 60 }]);
    expect((await get(`/stats/execution-times?${past}`, ADMIN)).body.tasks).toEqual([]);
  });

  test.each([
    ['', ['from', 'to']],
    ['from=2026-01-01T00:00:00Z&to=tomorrow', ['"to"', 'date-time']],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', ['later than from']],
    ['from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z', ['31 days']],
    ['from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&owner=x', ['"owner"', 'from, to']],
  ])('refuses ?%s, naming all that is wrong', async (query, told) => {
    const { status, body } = await anApi().get(`/stats/execution-times?${query}`);

    expect(status).toBe(400);
    for (const text of told) expect(JSON.stringify(body).replaceAll('\\', '')).toContain(text);
  });
});
