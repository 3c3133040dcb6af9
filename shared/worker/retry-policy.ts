import type { RetryPolicy } from '../task/task-definition.ts';

/**
 * Seconds until the attempt after this one: exponential backoff with full jitter, so that tasks
 * which failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param attempt the one that just failed, 1 or more
 * @param random 0 up to but not including 1
 */
export function retryDelaySeconds(
  { baseSeconds, maxSeconds }: RetryPolicy,
  attempt: number,
  random: number,
): number {
  const ceiling = Math.min(baseSeconds * 2 ** (attempt - 1), maxSeconds);
  return Math.round(random * ceiling);
}
