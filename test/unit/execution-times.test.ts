import { expect, test } from 'vitest';
import { ExecutionTimesByName } from '../../shared/task-log/execution-times.ts';
import type { TaskSummary } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';

const START = Date.parse('2026-11-24T09:30:00Z');

const taskThatTook = (seconds: number, name: string): TaskSummary => ({
  ...aTask({ name }),
  queue: 'main',
  status: 'completed',
  attempt: 1,
  updatedAt: new Date(START + seconds * 1000).toISOString(),
  startedAt: new Date(START).toISOString(),
  finishedAt: new Date(START + seconds * 1000).toISOString(),
});

const summaryOf = (tasks: readonly TaskSummary[]) => {
  const times = new ExecutionTimesByName();
  for (const task of tasks) times.add(task);
  return times.summary();
};

test('the times of each name are summed up apart, sorted by name', () => {
  const summary = summaryOf([
    taskThatTook(30, 'import'),
    taskThatTook(1, 'export'),
    taskThatTook(2, 'export'),
    taskThatTook(6, 'export'),
  ]);

  expect(summary).toEqual([
    {
      name: 'export',
      count: 3,
      minSeconds: 1,
      meanSeconds: 3,
      p50Seconds: 2,
      p95Seconds: 6,
      maxSeconds: 6,
    },
    expect.objectContaining({ name: 'import', count: 1, minSeconds: 30, p50Seconds: 30 }),
  ]);
});

test('the quantiles of many tasks are right within 2 %', () => {
  const [times] = summaryOf(
    Array.from({ length: 20_000 }, (_, index) => taskThatTook((index + 1) / 100, 'export')),
  );

  expect(times).toMatchObject({ count: 20_000, minSeconds: 0.01, maxSeconds: 200 });
  expect(times?.meanSeconds).toBe(100.005);
  for (const [answer, exact] of [
    [times?.p50Seconds, 100],
    [times?.p95Seconds, 190],
  ] as const) {
    expect(answer).toBeGreaterThan(exact * 0.98);
    expect(answer).toBeLessThan(exact * 1.02);
  }
});

test('a task that was archived without having run counts for nothing', () => {
  const { startedAt: _, ...neverRan } = taskThatTook(5, 'export');

  expect(summaryOf([neverRan])).toEqual([]);
});

test('clocks that disagree make no time negative', () => {
  expect(summaryOf([taskThatTook(-3, 'export')])).toMatchObject([{ minSeconds: 0, maxSeconds: 0 }]);
});

test('times are rounded to microseconds', () => {
  // In binary, the mean is 0.15000000000000002 and the median of many times 0.19099999999999998.
  const [mean] = summaryOf([0.1, 0.2].map((seconds) => taskThatTook(seconds, 'tick')));
  const [many] = summaryOf(Array.from({ length: 381 }, (_, i) => taskThatTook(i / 1000, 'tick')));

  expect(mean).toMatchObject({ meanSeconds: 0.15, p50Seconds: 0.1, p95Seconds: 0.2 });
  expect(many).toMatchObject({ p50Seconds: 0.191, p95Seconds: 0.36 });
});
