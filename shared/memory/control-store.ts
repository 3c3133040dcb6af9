import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { ControlRecord, ControlStore } from '../control/control-store.ts';
import type { Overrides } from '../control/overrides.ts';
import { ControlConflictError } from '../errors.ts';

/** Control record of this process, for tests. */
export class MemoryControlStore implements ControlStore {
  readonly #clock: Clock;
  #record: ControlRecord = { version: 0, overrides: {} };

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async read(): Promise<ControlRecord> {
    return this.#record;
  }

  async write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord> {
    if (version !== this.#record.version) throw new ControlConflictError(version);
    const changedAt = isoTime(this.#clock.now());
    this.#record = { version: version + 1, overrides, changedAt, changedBy };
    return this.#record;
  }
}
