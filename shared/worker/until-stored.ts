import { pause } from '../clock.ts';
import { LogUnavailableError } from '../errors.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/**
 * Repeats a write to the task log until it is answered. The slot stays occupied meanwhile, so an
 * outage of the log slows the worker down instead of emptying the queues into nowhere.
 * @throws the log's error once `stop` aborts, and at once any error that waiting cannot mend
 */
export async function untilStored<Result>(
  stop: AbortSignal,
  write: () => Promise<Result>,
): Promise<Result> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof LogUnavailableError) || stop.aborted) throw error;
      await pause(waitMs, stop);
    }
  }
}
