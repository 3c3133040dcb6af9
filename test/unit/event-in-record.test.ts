import { describe, expect, test } from 'vitest';
import { eventIn } from '../../shared/events/task-events.ts';
import { newTaskId } from '../../shared/ids.ts';
import type { TaskStatus } from '../../shared/task-log/status.ts';
import { type SimulatedTask, streamRecord } from '../support/simulated-table.ts';

const ID = newTaskId();
const task = (status: TaskStatus, owner: string | undefined = 'ann'): SimulatedTask => ({
  id: ID,
  owner,
  queue: 'priority',
  status,
});

describe('a task that', () => {
  test.each([
    ['completes', 'running', 'completed', 'task.finished'],
    ['fails', 'running', 'failed', 'task.finished'],
    ['is cancelled', 'enqueued', 'cancelled', 'task.cancelled'],
    ['is archived', 'completed', 'archived', 'task.archived'],
  ] as const)('%s is an event', (_what, before, after, type) => {
    const event = eventIn(streamRecord('7', task(before), task(after)));

    expect(event).toEqual({
      type,
      id: `${ID}/${after}/2026-01-01T00:00:05.000Z`,
      task: {
        id: ID,
        name: 'export-results',
        label: `Task ${ID}`,
        owner: 'ann',
        queue: 'priority',
        status: after,
        attempt: 2,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:05.000Z',
      },
    });
  });

  test.each([
    ['is enqueued', undefined, task('enqueued')],
    ['begins', task('enqueued'), task('running')],
    ['is requeued', task('running'), task('enqueued')],
    ['has ended, and changes in something else', task('failed'), task('failed')],
    ['has ended, and is removed when its time is up', task('completed'), undefined],
    ['was an undecodable message', undefined, task('unknown')],
  ])('%s is none', (_what, before, after) => {
    expect(eventIn(streamRecord('7', before, after))).toBeUndefined();
  });
});

test('the event of a task without an owner has none', () => {
  const nobodys = { ...task('completed'), owner: undefined };

  const event = eventIn(streamRecord('7', undefined, nobodys));

  expect(event?.task).not.toHaveProperty('owner');
});
