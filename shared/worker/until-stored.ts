import { pause } from '../clock.ts';
import { BrokerUnavailableError, LogUnavailableError } from '../errors.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/**
 * Repeats a write to the task log, or to the dead letters, until it is answered. The slot stays occupied meanwhile, so an
 * outage slows the worker down instead of emptying the queues into nowhere.
 * @throws the error once `stop` aborts, and at once any error that waiting cannot mend
 */
export async function untilStored<Result>(
  stop: AbortSignal,
  write: () => Promise<Result>,
): Promise<Result> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      const mayPass =
        error instanceof LogUnavailableError || error instanceof BrokerUnavailableError;
      if (!mayPass || stop.aborted) throw error;
      await pause(waitMs, stop);
    }
  }
}
