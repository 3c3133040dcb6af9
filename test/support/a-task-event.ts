import type { TaskEvent } from '../../shared/events/task-events.ts';
import { newTaskId } from '../../shared/ids.ts';

/** The event of a task that has completed, changed as a test needs. */
export function aTaskEvent(changes: Partial<TaskEvent['task']> = {}): TaskEvent {
  const id = newTaskId();
  const updatedAt = '2026-01-01T00:00:05.000Z';
  return {
    type: 'task.finished',
    id: `${id}/completed/${updatedAt}`,
    task: {
      id,
      name: 'export-results',
      label: 'Export of delivery 1',
      owner: 'ann',
      queue: 'priority',
      status: 'completed',
      attempt: 1,
      createdAt: '2026-01-01T00:00:00.000Z',
      startedAt: '2026-01-01T00:00:01.000Z',
      finishedAt: updatedAt,
      updatedAt,
      ...changes,
    },
  };
}
