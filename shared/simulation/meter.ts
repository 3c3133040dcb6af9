import { Distribution } from '../distribution.ts';
import type { SimulatedTask } from './simulated-tasks.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The results of one queue. */
export type QueueResult = {
  readonly queue: string;
  readonly arrived: number;
  /** Tasks that began, each counted once. */
  readonly started: number;
  /** Tasks that ended, each counted once. */
  readonly ended: number;
  /** Shares of all queues while each of them had tasks to begin; absent if that was never so. */
  readonly shareOfStarts: number | undefined;
  readonly shareOfSlotTime: number | undefined;
  /** Seconds from arrival to first start. Tasks that did not begin count with the time they waited. */
  readonly waits: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The longest that a received task waited while a slot that may run it was free, in seconds. */
  readonly besideFreeSlot: number;
  readonly receives: number;
  readonly emptyReceives: number;
  /** Tasks that a worker received and requeued before it began them. */
  readonly requeues: number;
  /** Leases that ended while nobody renewed them. */
  readonly leasesEnded: number;
  /** Starts of tasks that were running elsewhere, or seemed to be. */
  readonly runAgain: number;
};

class QueueMeter {
  arrived = 0;
  started = 0;
  ended = 0;
  receives = 0;
  emptyReceives = 0;
  requeues = 0;
  leasesEnded = 0;
  runAgain = 0;
  besideFreeSlot = 0;
  running = 0;
  readonly waits = new Distribution();
  saturatedStarts = 0;
  saturatedMs = 0;
  /** Until when `saturatedMs` counts. */
  countedTo = 0;

  get waiting(): number {
    return this.arrived - this.started;
  }
}

/** Counts what happens in a simulation, by queue. */
export class Meter {
  readonly #clock: VirtualClock;
  readonly #queues: ReadonlyMap<string, QueueMeter>;
  readonly #measureFrom: number;
  #isSaturated = false;
  /** Queues that have had tasks, and those of them in which none waits. */
  #used = 0;
  #empty = 0;
  /** Seconds from the start of the simulation. */
  firstArrival = Number.POSITIVE_INFINITY;
  lastEnd = 0;

  constructor(clock: VirtualClock, queues: readonly string[], measureFrom: number) {
    this.#clock = clock;
    this.#queues = new Map(queues.map((name) => [name, new QueueMeter()]));
    this.#measureFrom = measureFrom;
  }

  /** Tasks of all queues that have not ended. */
  get open(): number {
    return this.#sum(({ arrived, ended }) => arrived - ended);
  }

  get running(): number {
    return this.#sum(({ running }) => running);
  }

  get queues(): readonly string[] {
    return [...this.#queues.keys()];
  }

  of(queue: string): QueueMeter {
    const meter = this.#queues.get(queue);
    if (!meter) throw new Error(`no queue ${queue}`);
    return meter;
  }

  arrivedIn(queue: string, tasks: number): void {
    const meter = this.of(queue);
    if (meter.arrived === 0) this.#used += 1;
    else if (meter.waiting === 0) this.#empty -= 1;
    meter.arrived += tasks;
    this.firstArrival = Math.min(this.firstArrival, this.#clock.seconds);
    this.#noteSaturation();
  }

  started(task: SimulatedTask, at: number): void {
    const meter = this.of(task.queue);
    this.#count(meter);
    meter.running += 1;
    if (task.status === 'running') meter.runAgain += 1;
    if (this.#isSaturated) meter.saturatedStarts += 1;
    if (task.token > 0) return;
    meter.started += 1;
    if (meter.waiting === 0) this.#empty += 1;
    meter.waits.add((at - task.arrivedAt) / 1000);
    this.#noteSaturation();
  }

  polled(queue: string, tasks: number): void {
    const meter = this.of(queue);
    meter.receives += 1;
    if (tasks === 0) meter.emptyReceives += 1;
  }

  ended({ queue }: SimulatedTask): void {
    this.of(queue).ended += 1;
    this.lastEnd = this.#clock.seconds;
  }

  /** A task that had started left its slot. */
  left(queue: string): void {
    const meter = this.of(queue);
    this.#count(meter);
    meter.running -= 1;
  }

  /** Takes the tasks of a killed worker out of the slots. */
  killed(running: ReadonlyMap<string, number>): void {
    for (const [queue, count] of running) {
      const meter = this.of(queue);
      this.#count(meter);
      meter.running -= count;
    }
  }

  /** Counts tasks that did not begin with the time that they have waited. */
  close(tasks: readonly SimulatedTask[]): void {
    const now = this.#clock.now();
    for (const { queue, token, arrivedAt } of tasks) {
      if (token === 0) this.of(queue).waits.add((now - arrivedAt) / 1000);
    }
    for (const meter of this.#queues.values()) this.#count(meter);
  }

  results(): QueueResult[] {
    const starts = this.#sum(({ saturatedStarts }) => saturatedStarts);
    const slotMs = this.#sum(({ saturatedMs }) => saturatedMs);
    return [...this.#queues].map(([queue, meter]) => ({
      queue,
      arrived: meter.arrived,
      started: meter.started,
      ended: meter.ended,
      shareOfStarts: starts > 0 ? meter.saturatedStarts / starts : undefined,
      shareOfSlotTime: slotMs > 0 ? meter.saturatedMs / slotMs : undefined,
      waits: {
        p50: meter.waits.quantile(0.5),
        p99: meter.waits.quantile(0.99),
        max: meter.waits.max,
      },
      besideFreeSlot: meter.besideFreeSlot,
      receives: meter.receives,
      emptyReceives: meter.emptyReceives,
      requeues: meter.requeues,
      leasesEnded: meter.leasesEnded,
      runAgain: meter.runAgain,
    }));
  }

  #noteSaturation(): void {
    const isMeasured = this.#clock.seconds >= this.#measureFrom;
    const isSaturated = isMeasured && this.#used > 0 && this.#empty === 0;
    if (isSaturated === this.#isSaturated) return;
    for (const meter of this.#queues.values()) this.#count(meter);
    this.#isSaturated = isSaturated;
  }

  #count(meter: QueueMeter): void {
    const now = this.#clock.now();
    if (this.#isSaturated) meter.saturatedMs += meter.running * (now - meter.countedTo);
    meter.countedTo = now;
  }

  #sum(of: (meter: QueueMeter) => number): number {
    let sum = 0;
    for (const meter of this.#queues.values()) sum += of(meter);
    return sum;
  }
}
