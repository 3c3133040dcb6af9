import type { Fleet } from './fleet.ts';
import type { Meter, QueueResult } from './meter.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A moment of a simulation, for charts. */
export type Moment = {
  readonly second: number;
  readonly busySlots: number;
  /** Slots in which workers may begin tasks. */
  readonly slots: number;
  /** By queue: tasks that have not begun. */
  readonly waiting: Readonly<Record<string, number>>;
};

export type FleetResult = {
  /** How long the simulation lasted. */
  readonly seconds: number;
  /** Share of the slots that ran a task, on average. */
  readonly busy: number;
  /** Seconds from the first arrival to the last end. */
  readonly workSeconds: number;
  /** Tasks that have not ended. */
  readonly open: number;
};

export type SimulationResult = {
  readonly queues: readonly QueueResult[];
  readonly fleet: FleetResult;
  /** Equally spaced, 400 to 800 of them unless the simulation ended early. */
  readonly moments: readonly Moment[];
};

const MOST_MOMENTS = 800;
const LONGEST_STEP_MS = 1000;

/** Notes the state of a simulation again and again, less often the longer it takes. */
export class Recorder {
  readonly #clock: VirtualClock;
  readonly #meter: Meter;
  readonly #fleet: Fleet;
  readonly #onMoment: (moment: Moment) => void;
  #moments: Moment[] = [];

  constructor(
    clock: VirtualClock,
    meter: Meter,
    fleet: Fleet,
    onMoment: (moment: Moment) => void = () => {},
  ) {
    this.#clock = clock;
    this.#meter = meter;
    this.#fleet = fleet;
    this.#onMoment = onMoment;
  }

  /** @param seconds how long the simulation lasts at most */
  start(seconds: number): void {
    this.#noteEvery(Math.min((seconds * 2000) / MOST_MOMENTS, LONGEST_STEP_MS));
  }

  result(): SimulationResult {
    const { firstArrival, lastEnd, open } = this.#meter;
    const slots = this.#moments.reduce((sum, moment) => sum + moment.slots, 0);
    const busySlots = this.#moments.reduce((sum, moment) => sum + moment.busySlots, 0);
    return {
      queues: this.#meter.results(),
      fleet: {
        seconds: this.#clock.seconds,
        busy: slots === 0 ? 0 : busySlots / slots,
        workSeconds: Math.max(lastEnd - firstArrival, 0),
        open,
      },
      moments: this.#moments,
    };
  }

  #noteEvery(milliseconds: number): void {
    const timer = this.#clock.every(milliseconds, () => {
      this.#note();
      if (this.#moments.length < MOST_MOMENTS) return;
      timer.cancel();
      this.#moments = this.#moments.filter((_moment, index) => index % 2 === 1);
      this.#noteEvery(milliseconds * 2);
    });
  }

  #note(): void {
    const { busySlots, slots } = this.#fleet;
    const waiting = this.#meter.queues.map((queue) => [queue, this.#meter.of(queue).waiting]);
    const second = this.#clock.seconds;
    const moment = { second, busySlots, slots, waiting: Object.fromEntries(waiting) };
    this.#moments.push(moment);
    this.#onMoment(moment);
  }
}
