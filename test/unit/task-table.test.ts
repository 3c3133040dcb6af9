import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { taskTable } from '../../functions/cli/commands/tasks/list.ts';
import { plain } from '../../functions/cli/terminal/text.ts';
import type { TaskSummary } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';

const NOW = Date.parse('2026-11-24T10:00:00Z');

const summary = (changes: Partial<TaskSummary> = {}): TaskSummary => {
  const { parameters: _, ...task } = aTask({ name: 'export-results', label: 'Scores of d-9' });
  return {
    ...task,
    queue: 'priority',
    status: 'completed',
    attempt: 1,
    createdAt: '2026-11-24T09:00:00Z',
    startedAt: '2026-11-24T09:10:00.000Z',
    finishedAt: '2026-11-24T09:10:01.250Z',
    updatedAt: '2026-11-24T09:10:01.250Z',
    ...changes,
  };
};

const table = (tasks: readonly TaskSummary[], columns?: number): string[] =>
  stripVTControlCharacters(taskTable(tasks, { now: NOW, columns, paint: plain }))
    .trimEnd()
    .split('\n');

test('a terminal shows a glyph, name, label, age and duration first, and the whole id if it fits', () => {
  const task = summary();

  expect(table([task], 120)).toEqual([
    '   name            label          age     took   queue     id',
    `✔  export-results  Scores of d-9  60 min  1.3 s  priority  ${task.id}`,
  ]);
});

test('a list fits in 80 columns, whatever names, labels and owners are', () => {
  const long = 'a very long text '.repeat(8);
  const tasks = [summary({ label: long, owner: long }), summary({ name: long.slice(0, 60) })];

  const lines = table(tasks, 80);

  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[1]).toContain(`…${tasks[0]?.id.slice(-8)}`);
});

test('a list fits in 80 columns even if every column is as wide as it can be', () => {
  const long = 'a very long text '.repeat(3);
  const widest: Partial<TaskSummary> = {
    name: long,
    label: `${long}!`,
    queue: 'a-queue-with-a-very-long-name',
    createdAt: '2024-11-24T10:00:00Z',
    startedAt: '2026-11-23T23:00:01Z',
    status: 'running',
    finishedAt: undefined,
  };
  const tasks = [summary({ ...widest, owner: 'ann' }), summary({ ...widest, owner: long })];

  const lines = table(tasks, 80);

  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('owners are the last column, and only if there are several', () => {
  const [ann, ben] = [summary({ owner: 'ann' }), summary({ owner: 'ben' })];

  expect(table([ann, ann])[0]).not.toContain('owner');
  expect(table([ann, ben])[0]).toMatch(/id +owner$/);
});

test('elsewhere than on a terminal the status is a word, and nothing is shortened', () => {
  const label = 'a very long text '.repeat(8).trim();
  const task = summary({ label, status: 'running', finishedAt: undefined });

  const [headers, line] = table([task]);

  expect(headers).toMatch(/^status +name +label +age +took +queue +id$/);
  expect(line).toMatch(new RegExp(`^running .*${label} .* 50 min 0 s .*${task.id}$`));
});
