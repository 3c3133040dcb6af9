/** One minute of a metric, however many workers wrote it. */
type Period = { count: number; sum: number; max: number };

export type MetricName = 'Slots' | 'SlotsHeld' | 'SlotsWanted' | 'Tasks' | 'Visible';

/** Metrics in periods of a minute, which can be read only some time after they are over. */
export class CloudWatch {
  readonly #periods = new Map<string, Period>();
  readonly #delaySeconds: number;

  /** @param delaySeconds from the end of a period until an alarm sees it */
  constructor(delaySeconds: number) {
    this.#delaySeconds = delaySeconds;
  }

  put(name: MetricName, now: number, value: number): void {
    const key = `${name}@${Math.floor(now / 60)}`;
    const { count, sum, max } = this.#periods.get(key) ?? { count: 0, sum: 0, max: 0 };
    this.#periods.set(key, { count: count + 1, sum: sum + value, max: Math.max(max, value) });
  }

  /** The latest periods that can be seen, oldest first; `undefined` where nothing was written. */
  latest(name: MetricName, periods: number, now: number): (Period | undefined)[] {
    const last = Math.floor((now - this.#delaySeconds) / 60) - 1;
    return Array.from({ length: periods }, (_, index) =>
      this.#periods.get(`${name}@${last - periods + 1 + index}`),
    );
  }
}
