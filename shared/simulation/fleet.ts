import type { Broker, Delivery } from '../broker/broker.ts';
import type { LiveSettings } from '../control/live-settings.ts';
import type { Logger } from '../logger.ts';
import type { StrategyCatalogue } from '../selector/own-strategy.ts';
import { Worker } from '../worker/worker.ts';
import type { RunOutcome } from '../worker/worker-observer.ts';
import type { FreeSlots, WorkerSlots } from './free-slots.ts';
import { Link } from './link.ts';
import type { Meter } from './meter.ts';
import type { Random } from './random.ts';
import type { BrokerModel, Scenario, WorkerEvent } from './scenario.ts';
import type { SimulatedQueue } from './simulated-queues.ts';
import {
  type SimulatedTask,
  SimulatedTaskLog,
  type SimulatedTasks,
  simulatedHandlers,
} from './simulated-tasks.ts';
import { MortalClock, START_MS, type VirtualClock } from './virtual-clock.ts';

/** One start of a task in a slot. */
export type Start = {
  readonly task: SimulatedTask;
  /** Counts the workers from 0, in the order in which they started. */
  readonly worker: number;
  /** When the slot took the task, in seconds from the start of the simulation. */
  readonly second: number;
  /** The task started before, too. */
  readonly isRepeated: boolean;
};

export type FleetDeps = {
  readonly scenario: Scenario;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly queues: ReadonlyMap<string, SimulatedQueue>;
  readonly tasks: SimulatedTasks;
  readonly meter: Meter;
  readonly freeSlots: FreeSlots;
  readonly logger: Logger;
  readonly strategies: StrategyCatalogue | undefined;
  readonly onStart: (start: Start) => void;
  /** Called when the end of a task is stored. */
  readonly onEnd: () => void;
};

type Member = {
  readonly worker: Worker;
  readonly clock: MortalClock;
  /** By queue: tasks that run. */
  readonly running: Map<string, number>;
};

const SQS_MS = 10;
const POSTGRES_MS = 1.5;

/** The workers of a simulation, which are those of production on virtual time. */
export class Fleet {
  readonly #deps: FleetDeps;
  readonly #members: Member[] = [];
  #settings: LiveSettings;

  constructor(deps: FleetDeps, settings: LiveSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  get settings(): LiveSettings {
    return this.#settings;
  }

  /** Tasks that run now. */
  get busySlots(): number {
    return this.#members.reduce(
      (sum, { worker, clock }) => sum + (clock.isDead ? 0 : worker.busySlots),
      0,
    );
  }

  /** Slots in which workers may begin tasks. */
  get slots(): number {
    return this.workers().reduce((sum, { slots }) => sum + slots, 0);
  }

  workers(): WorkerSlots[] {
    return this.#members.map(({ worker, clock, running }) => {
      const mayBegin = worker.mode === 'working' && !clock.isDead;
      return { slots: mayBegin ? worker.slots : 0, running };
    });
  }

  /** Starts workers now and later. */
  start(): void {
    const { scenario, clock } = this.#deps;
    for (const group of scenario.workers) {
      for (let count = 0; count < group.count; count++) {
        clock.at(group.startAt, () => this.#startWorker(group.events));
      }
    }
  }

  apply(settings: LiveSettings): void {
    this.#settings = settings;
    for (const { worker } of this.#members) worker.apply(settings);
  }

  /** Ends everything without a trace. */
  kill(): void {
    for (const { clock } of this.#members) clock.kill();
  }

  #startWorker(events: readonly WorkerEvent[]): void {
    const { scenario, clock: time, random, tasks, meter, logger, strategies } = this.#deps;
    const index = this.#members.length;
    const clock = new MortalClock(time);
    const running = new Map<string, number>();
    const worker = new Worker({
      config: scenario.config,
      brokers: this.#brokersOf(index, clock),
      log: this.#logOf(index, clock),
      clock,
      random: random.fork().next,
      handlers: simulatedHandlers(tasks, clock),
      workerId: `worker-${index}`,
      logger,
      strategies,
      observer: {
        polled: (queue, count) => meter.polled(queue, count),
        picked: () => {},
        ended: (queue, outcome) => this.#onLeft(queue, outcome, running),
      },
    });
    this.#members.push({ worker, clock, running });
    worker.apply(this.#settings);
    void worker.run();
    for (const event of events) time.at(event.at, () => this.#obey(event, index));
  }

  #brokersOf(worker: number, clock: MortalClock): ReadonlyMap<string, Broker> {
    const { scenario, queues, freeSlots } = this.#deps;
    const { config, broker, brokers } = scenario;
    return new Map(
      config.queues.flatMap(({ name, broker: { type } }) => {
        const model = brokers[name] ?? broker;
        const roundTripMs = model.roundTripMs ?? (type === 'postgres' ? POSTGRES_MS : SQS_MS);
        const link = this.#connect(name, clock, model, roundTripMs);
        const onReceived = (deliveries: readonly Delivery[]): void => {
          for (const { messageId } of deliveries) freeSlots.received(name, messageId, worker);
        };
        const queue = queues.get(name);
        return queue ? [[name, queue.connect({ link, clock, onReceived })] as const] : [];
      }),
    );
  }

  #logOf(worker: number, clock: MortalClock): SimulatedTaskLog {
    const { scenario, tasks, freeSlots } = this.#deps;
    const model = { ...scenario.broker, slow: undefined, failing: undefined };
    const link = this.#connect('task log', clock, model, scenario.taskLogMs);
    return new SimulatedTaskLog(tasks, link, clock, {
      taken: ({ queue, id }) => freeSlots.taken(queue, id),
      started: (task, at) => this.#onStart(task, at, worker),
      ended: (task) => this.#onEnd(task),
    });
  }

  #connect(queue: string, worker: MortalClock, model: BrokerModel, roundTripMs: number): Link {
    const { clock, random } = this.#deps;
    return new Link({ queue, clock, worker, random: random.fork(), model, roundTripMs });
  }

  #onStart(task: SimulatedTask, at: number, worker: number): void {
    const { meter, onStart } = this.#deps;
    const isRepeated = task.token > 0;
    meter.started(task, at);
    const running = this.#members[worker]?.running;
    running?.set(task.queue, (running.get(task.queue) ?? 0) + 1);
    onStart({ task, worker, second: (at - START_MS) / 1000, isRepeated });
  }

  #onEnd(task: SimulatedTask): void {
    this.#deps.meter.ended(task);
    this.#deps.onEnd();
  }

  #onLeft(queue: string, outcome: RunOutcome, running: Map<string, number>): void {
    if (outcome === 'duplicate' || outcome === 'busy') return;
    running.set(queue, (running.get(queue) ?? 0) - 1);
    this.#deps.meter.left(queue);
  }

  #obey({ do: action, slots = 0 }: WorkerEvent, index: number): void {
    const member = this.#members[index];
    if (!member || member.clock.isDead) return;
    if (action === 'limit') member.worker.limitSlots(slots);
    else if (action === 'kill') this.#killWorker(member, index);
    else member.worker[action]();
  }

  #killWorker({ clock, running }: Member, index: number): void {
    clock.kill();
    this.#deps.freeSlots.killed(index);
    this.#deps.meter.killed(running);
    running.clear();
  }
}
