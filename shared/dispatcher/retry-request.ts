import type { TaskRecord } from '../task-log/task-log.ts';
import type { EnqueueRequest } from './enqueue-request.ts';

/** Asks for a new task that does what a logged one did, for the same owner. Its parent is not told. */
export const retryRequestOf = ({
  id,
  name,
  parameters,
  label,
  owner,
  masterStatus,
}: TaskRecord): EnqueueRequest & { readonly retryOf: string } => ({
  name,
  parameters,
  label,
  masterStatus,
  retryOf: id,
  ...(owner === undefined ? {} : { owner }),
});
