import { newTaskId } from '../../shared/ids.ts';
import type { Task } from '../../shared/task/task.ts';

/** A valid task, changed as a test needs. */
export const aTask = (changes: Partial<Task> = {}): Task => ({
  id: newTaskId(),
  name: 'export-results',
  parameters: { deliveryId: 'd-1' },
  label: 'Export of delivery 1',
  masterStatus: false,
  createdAt: new Date().toISOString(),
  ...changes,
});
