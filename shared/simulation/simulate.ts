import { liveSettings } from '../control/live-settings.ts';
import type { Overrides } from '../control/overrides.ts';
import type { Logger } from '../logger.ts';
import type { StrategyCatalogue } from '../selector/own-strategy.ts';
import { type ArrivalSource, type ArrivingTask, createArrivals } from './arrivals.ts';
import { Fleet, type Start } from './fleet.ts';
import { FreeSlots } from './free-slots.ts';
import type { LeaseEnd } from './message-store.ts';
import { Meter } from './meter.ts';
import { Random } from './random.ts';
import { type Moment, Recorder, type SimulationResult } from './results.ts';
import type { Scenario } from './scenario.ts';
import { PostgresQueue, type SimulatedQueue, SqsQueue } from './simulated-queues.ts';
import { bodyOf, SimulatedTasks } from './simulated-tasks.ts';
import { VirtualClock } from './virtual-clock.ts';

export type SimulationOptions = {
  /** The strategies of the project. @default none */
  readonly strategies?: StrategyCatalogue | undefined;
  /** The log of the workers. @default nowhere */
  readonly logger?: Logger;
  /** A whole number. Equal scenarios with equal seeds have equal results. */
  readonly seed: number;
  /** Called for each start of a task. */
  readonly onStart?: (start: Start) => void;
  /** Called again and again, to show progress. */
  readonly onMoment?: (moment: Moment) => void;
};

/**
 * Runs the workers of a scenario in virtual time. Scheduler, feeds, leases and lanes are those of
 * production. Brokers, task log and handlers are models.
 */
export function simulate(
  scenario: Scenario,
  options: SimulationOptions,
): Promise<SimulationResult> {
  return new Simulation(scenario, options).run();
}

const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {} };

class Simulation {
  readonly #scenario: Scenario;
  readonly #options: SimulationOptions;
  readonly #clock = new VirtualClock();
  readonly #random: Random;
  readonly #tasks = new SimulatedTasks();
  readonly #meter: Meter;
  readonly #freeSlots: FreeSlots;
  readonly #queues: ReadonlyMap<string, SimulatedQueue>;
  readonly #arrivals: readonly ArrivalSource[];
  readonly #fleet: Fleet;

  constructor(scenario: Scenario, options: SimulationOptions) {
    const { config, measureFrom } = scenario;
    const names = config.queues.map(({ name }) => name);
    this.#scenario = scenario;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#meter = new Meter(this.#clock, names, measureFrom);
    this.#freeSlots = new FreeSlots(this.#clock, this.#meter);
    this.#queues = this.#createQueues();
    this.#arrivals = createArrivals(scenario, {
      clock: this.#clock,
      random: this.#random.fork(),
      arrive: (queue, tasks) => this.#arrive(queue, tasks),
    });
    this.#fleet = this.#createFleet();
  }

  async run(): Promise<SimulationResult> {
    const { seconds, changes } = this.#scenario;
    const clock = this.#clock;
    for (const arrivals of this.#arrivals) arrivals.start();
    for (const { at, overrides } of changes) clock.at(at, () => this.#apply(overrides));
    this.#fleet.start();
    this.#freeSlots.watch(this.#fleet);
    const recorder = new Recorder(clock, this.#meter, this.#fleet, this.#options.onMoment);
    recorder.start(seconds);
    await clock.run(seconds);
    this.#meter.close(this.#tasks.all);
    this.#fleet.kill();
    return recorder.result();
  }

  #createQueues(): ReadonlyMap<string, SimulatedQueue> {
    const { config, broker, brokers } = this.#scenario;
    const clock = this.#clock;
    return new Map(
      config.queues.map(({ name, broker: { type } }) => {
        const onLeaseEnd = (id: string, reason: LeaseEnd): void =>
          this.#onLeaseEnd(name, id, reason);
        const model = brokers[name] ?? broker;
        const options = { clock, random: this.#random.fork(), model, onLeaseEnd };
        return [name, type === 'postgres' ? new PostgresQueue(options) : new SqsQueue(options)];
      }),
    );
  }

  #createFleet(): Fleet {
    const deps = {
      scenario: this.#scenario,
      clock: this.#clock,
      random: this.#random.fork(),
      queues: this.#queues,
      tasks: this.#tasks,
      meter: this.#meter,
      freeSlots: this.#freeSlots,
      strategies: this.#options.strategies,
      logger: this.#options.logger ?? SILENT,
      onStart: (start: Start) => this.#onStart(start),
      onEnd: () => this.#onEnd(),
    };
    return new Fleet(deps, liveSettings(this.#scenario.config));
  }

  #arrive(queue: string, arriving: readonly ArrivingTask[]): void {
    const arrivedAt = this.#clock.now();
    const tasks = arriving.map((task) => this.#tasks.add({ ...task, queue, arrivedAt }));
    this.#meter.arrivedIn(queue, tasks.length);
    this.#queues.get(queue)?.store.add(tasks.map((task) => ({ id: task.id, body: bodyOf(task) })));
  }

  #onLeaseEnd(queue: string, id: string, reason: LeaseEnd): void {
    const wasWaiting = this.#freeSlots.left(queue, id);
    const meter = this.#meter.of(queue);
    if (reason === 'expired') meter.leasesEnded += 1;
    if (reason === 'requeued' && wasWaiting) meter.requeues += 1;
  }

  #apply(overrides: Overrides): void {
    this.#fleet.apply(liveSettings(this.#scenario.config, overrides));
  }

  #onStart(start: Start): void {
    this.#options.onStart?.(start);
    if (start.isRepeated) return;
    for (const arrivals of this.#arrivals) arrivals.onStart?.(start.task.queue);
  }

  #onEnd(): void {
    const isDone = this.#meter.open === 0 && this.#arrivals.every(({ isOver }) => isOver);
    if (this.#scenario.endsWhenDone && isDone) this.#clock.stop();
  }
}
