import { SCALING, slotsPerTask } from '../../shared/deployment/scaling.ts';
import type { QueueInterval } from '../../shared/worker/queue-stats.ts';

/** One queue, as one worker sees it. */
export type QueueLoad = {
  /** Messages that can be received, and messages under lease. */
  readonly waiting: number;
  readonly inFlight: number;
  /** Tasks that this worker has received and not started, and tasks that it runs. */
  readonly buffered: number;
  readonly running: number;
  readonly runSeconds: number;
  /** True while its tasks do not start. */
  readonly isPaused: boolean;
};

export type Demand = {
  /** Messages of all queues, waiting or under lease. */
  readonly tasks: number;
  /** Slots that this worker's own tasks need. The sum over all workers is the total. */
  readonly slotsHeld: number;
  /**
   * Slots that the waiting messages need; every worker measures the same. Never 0 while there are tasks,
   * even if all their queues are paused: one worker stays, instead of being stopped and started in turn.
   */
  readonly slotsWanted: number;
};

/** Rounds up to one worker. */
const LEAST_SLOTS = 0.01;

/** Returns how many slots the work of all queues needs. */
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

/** How long the tasks of each queue take, by the latest minute in which some ended. */
export class RunTimes {
  readonly #seconds = new Map<string, number>();

  /** Call it at the end of a minute. @param running tasks that have not ended */
  note(queue: string, interval: QueueInterval | undefined, running: number): void {
    if (interval !== undefined && interval.runs.count > 0) {
      this.#seconds.set(queue, interval.runs.mean);
    } else if (running > 0) {
      // No task ended in a whole minute.
      this.#seconds.set(queue, Math.max(this.of(queue), SCALING.startWithinSeconds));
    }
  }

  of(queue: string): number {
    return this.#seconds.get(queue) ?? SCALING.assumedRunSeconds;
  }
}
