/** Time as the core sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** A timer that was started. */
export interface Timer {
  /** Does nothing once the timer has ended. */
  cancel(): void;
}

/** A clock that also starts timers, so that a simulation can pass hours in seconds. */
export interface TimerClock extends Clock {
  /** Milliseconds since some moment. Unlike `now` it never goes back, so durations are right. */
  elapsed(): number;
  /** Calls back once, after this time. */
  after(milliseconds: number, callback: () => void): Timer;
  /** Calls back again and again, each time after this time. */
  every(milliseconds: number, callback: () => void): Timer;
}

export const systemClock: TimerClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
  every: (milliseconds, callback) => {
    const timer = setInterval(callback, milliseconds);
    return { cancel: () => clearInterval(timer) };
  },
};

/** `2026-11-24T09:30:00.000Z`, the form of every time in records, messages and responses. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Resolves after the given time, or at once when `signal` aborts. Never rejects. */
export function pause(
  milliseconds: number,
  signal?: AbortSignal,
  clock: TimerClock = systemClock,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(milliseconds, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
