import { expect, test } from 'vitest';
import {
  CATEGORY_BY_STATUS,
  isFinal,
  LABEL_BY_CATEGORY,
  TASK_STATUSES,
} from '../../shared/task-log/status.ts';

const EXPECTED = [
  { status: 'enqueued', category: 'created', label: 'Queued', final: false },
  { status: 'dequeued', category: 'in_progress', label: 'In Progress', final: false },
  { status: 'running', category: 'in_progress', label: 'In Progress', final: false },
  { status: 'child_running', category: 'in_progress', label: 'In Progress', final: false },
  { status: 'completed', category: 'completed', label: 'Completed', final: true },
  { status: 'failed', category: 'failed', label: 'Failed', final: true },
  { status: 'cancelled', category: 'cancelled', label: 'Cancelled', final: true },
  { status: 'archived', category: 'archived', label: 'Archived', final: true },
  { status: 'unknown', category: 'failed', label: 'Failed', final: true },
] as const;

test.each(EXPECTED)(
  'people see a task that is $status as "$label"',
  ({ status, category, label }) => {
    expect(CATEGORY_BY_STATUS[status]).toBe(category);
    expect(LABEL_BY_CATEGORY[category]).toBe(label);
  },
);

test.each(EXPECTED)('a task that is $status has ended: $final', ({ status, final }) => {
  expect(isFinal(status)).toBe(final);
});

test('there is no other status', () => {
  expect(TASK_STATUSES).toEqual(EXPECTED.map(({ status }) => status));
});
