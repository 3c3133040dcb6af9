import * as z from 'zod';
import type { TimerClock } from '../clock.ts';
import { isoTime, pause } from '../clock.ts';
import { encodeTask } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import { defineTask, type TaskHandler } from '../task/task-definition.ts';
import type {
  Claim,
  ClaimRequest,
  ClaimResult,
  ClaimState,
  Ending,
  Requeue,
  TaskClaims,
  TaskRecorder,
} from '../task-log/task-log.ts';
import type { Link } from './link.ts';

/** One task of a simulation, and its record in the task log. */
export type SimulatedTask = {
  readonly id: string;
  readonly queue: string;
  /** How long its handler runs. */
  readonly runMs: number;
  /** Every attempt throws at its end. */
  readonly fails: boolean;
  /** Virtual time, in milliseconds. */
  readonly arrivedAt: number;
  status: 'enqueued' | 'running' | 'ended';
  /** Claims so far. */
  token: number;
  attempt: number;
  leaseUntil: number;
};

const NAME = 'simulated';

/** Digits that make a ULID. */
const ID_LENGTH = 26;

/** All tasks of a simulation, by id. */
export class SimulatedTasks {
  readonly #tasks: SimulatedTask[] = [];

  add(task: Pick<SimulatedTask, 'queue' | 'runMs' | 'fails' | 'arrivedAt'>): SimulatedTask {
    const id = String(this.#tasks.length).padStart(ID_LENGTH, '0');
    const added = { ...task, id, status: 'enqueued', token: 0, attempt: 0, leaseUntil: 0 } as const;
    this.#tasks.push(added);
    return added;
  }

  get all(): readonly SimulatedTask[] {
    return this.#tasks;
  }

  /** @param id of a task, or of a message or its duplicate */
  of(id: string): SimulatedTask {
    const task = this.#tasks[Number.parseInt(id, 10)];
    if (!task) throw new Error(`There is no simulated task ${id}.`);
    return task;
  }
}

export const bodyOf = ({ id, arrivedAt }: SimulatedTask): string =>
  encodeTask({
    id,
    name: NAME,
    parameters: null,
    label: NAME,
    masterStatus: false,
    createdAt: isoTime(arrivedAt),
  });

/** A handler that runs as long as its task says. */
export function simulatedHandlers(
  tasks: SimulatedTasks,
  clock: TimerClock,
): ReadonlyMap<string, TaskHandler> {
  const definition = defineTask({ name: NAME, parameters: z.null(), timeoutSeconds: 43_200 });
  const handler = definition.handledBy(async ({ context: { taskId, signal } }) => {
    const { runMs, fails } = tasks.of(taskId);
    await pause(runMs, signal, clock);
    signal.throwIfAborted();
    if (fails) throw new Error('The simulation makes this task fail.');
  });
  return new Map([[NAME, handler]]);
}

/** Observes the claims of a worker. */
export type ClaimObserver = {
  /** A slot asks for the task. */
  taken(task: SimulatedTask): void;
  /** It got the task. @param at when it asked */
  started(task: SimulatedTask, at: number): void;
  /** Its end is stored. */
  ended(task: SimulatedTask): void;
};

/** The task log, as one worker sees it. It knows just enough for one worker at a time to run a task. */
export class SimulatedTaskLog implements TaskRecorder, TaskClaims {
  readonly #tasks: SimulatedTasks;
  readonly #link: Link;
  readonly #clock: TimerClock;
  readonly #observer: ClaimObserver;

  constructor(tasks: SimulatedTasks, link: Link, clock: TimerClock, observer: ClaimObserver) {
    this.#tasks = tasks;
    this.#link = link;
    this.#clock = clock;
    this.#observer = observer;
  }

  async recordEnqueued(): Promise<void> {}

  async recordUndecodable(): Promise<void> {}

  async claim({ id }: Task, { leaseSeconds }: ClaimRequest): Promise<ClaimResult> {
    const at = this.#clock.now();
    const task = this.#tasks.of(id);
    this.#observer.taken(task);
    return this.#link.call(() => this.#claim(task, leaseSeconds, at));
  }

  async heartbeat(claim: Claim, leaseSeconds: number): Promise<ClaimState> {
    return this.#link.call(() => {
      const task = this.#claimed(claim);
      if (task) task.leaseUntil = this.#leaseEnd(leaseSeconds);
      return task ? 'ok' : 'lost';
    });
  }

  async finish(claim: Claim, _ending: Ending): Promise<boolean> {
    return this.#link.call(() => {
      const task = this.#claimed(claim);
      if (!task) return false;
      task.status = 'ended';
      this.#observer.ended(task);
      return true;
    });
  }

  async openChildren(): Promise<never> {
    throw new Error('Simulated tasks have no children.');
  }

  async requeue(claim: Claim, { usesAttempt }: Requeue): Promise<ClaimState> {
    return this.#link.call(() => {
      const task = this.#claimed(claim);
      if (!task) return 'lost';
      task.status = 'enqueued';
      if (!usesAttempt) task.attempt -= 1;
      return 'ok';
    });
  }

  #claim(task: SimulatedTask, leaseSeconds: number, at: number): ClaimResult {
    const leftMs = task.leaseUntil - this.#clock.now();
    if (task.status === 'ended') return { outcome: 'ended', status: 'completed' };
    if (task.status === 'running' && leftMs >= 0) {
      return { outcome: 'busy', forSeconds: Math.ceil((leftMs + 1) / 1000) };
    }
    this.#observer.started(task, at);
    task.status = 'running';
    task.token += 1;
    task.attempt += 1;
    task.leaseUntil = this.#leaseEnd(leaseSeconds);
    const claim = { taskId: task.id, token: task.token, attempt: task.attempt };
    return { outcome: 'claimed', claim, isCancelRequested: false, hasChildren: false };
  }

  #claimed({ taskId, token }: Claim): SimulatedTask | undefined {
    const task = this.#tasks.of(taskId);
    return task.token === token && task.status === 'running' ? task : undefined;
  }

  #leaseEnd(leaseSeconds: number): number {
    return this.#clock.now() + leaseSeconds * 1000;
  }
}
