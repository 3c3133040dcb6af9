import type { TaskFilter } from './task-filter.ts';

/** A task that waits for less may just be next in line. */
const MIN_AGE_SECONDS = 180;
/**
 * SQS keeps a message no longer: a task that was created before has none any more.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_AGE_MS = 14 * 86_400_000;

/**
 * Tasks of these names that have been waiting for so long that something is wrong. Of a list, the
 * range of creation keeps older records from being read.
 * @param ageSeconds since their latest change; 180 at least, less is taken for that
 * @param now milliseconds since 1970
 */
export const stuckTasks = (
  names: readonly string[],
  ageSeconds: number,
  now: number,
): TaskFilter => ({
  names,
  statuses: ['enqueued'],
  updatedBefore: now - Math.max(ageSeconds, MIN_AGE_SECONDS) * 1000,
  createdAfter: now - MAX_AGE_MS,
});
