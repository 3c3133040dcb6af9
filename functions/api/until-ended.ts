import { type Clock, pause, systemClock } from '../../shared/clock.ts';
import { MAX_WAIT_SECONDS } from '../../shared/limits.ts';
import { strictObject } from '../../shared/strict-object.ts';
import { isFinal } from '../../shared/task-log/status.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { type ApiRequest, parseQuery } from './http.ts';
import { ownTask } from './own-task.ts';
import { wholeNumber } from './query-fields.ts';

/** Time as it passes while somebody waits, so that tests can move it. */
export type Time = { readonly clock: Clock; readonly pause: typeof pause };

export const realTime: Time = { clock: systemClock, pause };

/** A task that takes no time is answered at once, a long one is not asked for ten times a second. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;
const GROWTH = 1.5;

export const waitQuerySchema = strictObject({
  wait: wholeNumber(0, MAX_WAIT_SECONDS)
    .default(0)
    .describe('Seconds to wait for the end of the task. The answer is how it is then.'),
});

/**
 * Resolves when the task of `/tasks/{id}?wait=20` has ended, when that time is over, or when nobody
 * waits any more; at once without `wait`. Each look is half a read unit: what it misses, the next
 * one sees.
 * @throws {RequestError | TaskNotFoundError}
 */
export async function untilEnded(request: ApiRequest, log: TaskLog, time: Time): Promise<void> {
  const { wait } = parseQuery(waitQuerySchema, request);
  if (wait === 0) return;
  const { clock, pause } = time;
  const { caller, path, signal } = request;
  const deadline = clock.now() + wait * 1000;
  let { id, status } = await ownTask(path['id'] ?? '', caller, (id) => log.getSummary(id));
  let pauseMs = FIRST_PAUSE_MS;
  while (!isFinal(status) && clock.now() < deadline && !signal?.aborted) {
    await pause(Math.min(pauseMs, deadline - clock.now()), signal);
    pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
    status = (await log.getSummary(id, 'soon'))?.status ?? status;
  }
}
