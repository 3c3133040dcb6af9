import { SCALING, slotsPerTask } from '../deployment/scaling.ts';
import type { QueueInterval } from './queue-stats.ts';

/** One queue, as one worker sees it. */
export type QueueLoad = {
  /** Messages that anybody could take, and that somebody holds. */
  readonly waiting: number;
  readonly inFlight: number;
  /** Tasks that this worker has received and not begun, and that it runs. */
  readonly buffered: number;
  readonly running: number;
  readonly runSeconds: number;
  /** Nobody takes its tasks now. */
  readonly isPaused: boolean;
};

export type Demand = {
  /** Messages of all queues, waiting or in flight. */
  readonly tasks: number;
  /** Slots that this worker's own tasks take up: sum it over the workers. */
  readonly slotsHeld: number;
  /**
   * Slots that what waits in the queues would take up: all workers see the same. More than nothing where
   * only paused queues have tasks: one worker stays for them, which would else be taken and started again
   * by turns.
   */
  readonly slotsWanted: number;
};

/** Rounded up, one worker. */
const LEAST_SLOTS = 0.01;

/** What the work of all queues asks for, in slots. */
export function demandOf(queues: readonly QueueLoad[]): Demand {
  const sum = (of: (queue: QueueLoad) => number): number =>
    queues.reduce((total, queue) => total + of(queue), 0);
  const tasks = sum(({ waiting, inFlight }) => waiting + inFlight);
  const slotsWanted = sum(({ isPaused, waiting, runSeconds }) =>
    isPaused ? 0 : waiting * slotsPerTask(runSeconds),
  );
  const isAllPaused =
    tasks > 0 && slotsWanted === 0 && queues.every(({ inFlight }) => inFlight === 0);
  return {
    tasks,
    slotsHeld: sum((queue) => queue.running + queue.buffered * slotsPerTask(queue.runSeconds)),
    slotsWanted: isAllPaused ? LEAST_SLOTS : slotsWanted,
  };
}

/** How long the tasks of each queue take, by the latest minute that knows. */
export class RunTimes {
  readonly #seconds = new Map<string, number>();

  /** At the end of a minute. @param running tasks that have not ended */
  note(queue: string, interval: QueueInterval | undefined, running: number): void {
    if (interval !== undefined && interval.runs.count > 0) {
      this.#seconds.set(queue, interval.runs.mean);
    } else if (running > 0) {
      // None of them ended in a whole minute.
      this.#seconds.set(queue, Math.max(this.of(queue), SCALING.startWithinSeconds));
    }
  }

  of(queue: string): number {
    return this.#seconds.get(queue) ?? SCALING.assumedRunSeconds;
  }
}
