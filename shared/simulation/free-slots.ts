import type { LiveSettings } from '../control/live-settings.ts';
import { duplicateOf } from './message-store.ts';
import type { Meter } from './meter.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The slots of one worker, as they are now. */
export type WorkerSlots = {
  /** Tasks that may run at once; 0 while the worker begins none. */
  readonly slots: number;
  /** By queue. */
  readonly running: ReadonlyMap<string, number>;
};

type Buffered = { readonly worker: number; readonly since: number };

const LOOK_MS = 100;

/**
 * Watches for tasks that a worker has received and not begun while a slot that may run them is free,
 * in the same worker or in another.
 */
export class FreeSlots {
  readonly #clock: VirtualClock;
  readonly #meter: Meter;
  /** By queue, then by message. The first one has waited longest. */
  readonly #buffered = new Map<string, Map<string, Buffered>>();
  /** By queue: since when there is a free slot. */
  readonly #freeSince = new Map<string, number>();

  constructor(clock: VirtualClock, meter: Meter) {
    this.#clock = clock;
    this.#meter = meter;
  }

  received(queue: string, messageId: string, worker: number): void {
    const buffered = this.#buffered.get(queue) ?? new Map<string, Buffered>();
    this.#buffered.set(queue, buffered);
    buffered.set(messageId, { worker, since: this.#clock.now() });
  }

  /** The task began, or its message is no longer leased. Returns true if it was waiting until now. */
  left(queue: string, messageId: string): boolean {
    return this.#buffered.get(queue)?.delete(messageId) === true;
  }

  /** A slot took the task, by its message or by a duplicate. */
  taken(queue: string, taskId: string): void {
    this.left(queue, taskId);
    this.left(queue, duplicateOf(taskId));
  }

  killed(worker: number): void {
    for (const messages of this.#buffered.values()) {
      for (const [id, message] of messages) if (message.worker === worker) messages.delete(id);
    }
  }

  /** Looks ten times a second from now on. */
  watch(fleet: { readonly settings: LiveSettings; workers(): readonly WorkerSlots[] }): void {
    this.#clock.every(LOOK_MS, () => {
      const isFreeFor = freeSlotFinder(fleet.settings, fleet.workers());
      for (const [queue, messages] of this.#buffered) {
        const [oldest] = messages.values();
        if (oldest && isFreeFor(queue)) this.#note(queue, oldest);
        else this.#freeSince.delete(queue);
      }
    });
  }

  #note(queue: string, { since }: Buffered): void {
    const now = this.#clock.now();
    const freeSince = this.#freeSince.get(queue) ?? now;
    this.#freeSince.set(queue, freeSince);
    const meter = this.#meter.of(queue);
    const seconds = (now - Math.max(freeSince, since)) / 1000;
    meter.besideFreeSlot = Math.max(meter.besideFreeSlot, seconds);
  }
}

/**
 * Returns a function that tells whether one of the workers may begin a task of a queue. Slots that other
 * queues reserve are theirs. Light queues together leave one slot to the heaviest queue of the highest tier.
 *
 * This is the promise that scheduler and lanes are measured by, so it shares no code with them.
 */
export function freeSlotFinder(
  { queues, lanes }: LiveSettings,
  workers: readonly WorkerSlots[],
): (queue: string) => boolean {
  const served = [...queues.values()].filter(({ paused }) => !paused);
  const tier = Math.max(...served.map((queue) => queue.tier));
  const inTier = served.filter((queue) => queue.tier === tier);
  const heaviest = Math.max(...inTier.map(({ weight }) => weight));
  const light = new Set(
    served.filter((queue) => queue.tier < tier || queue.weight < heaviest).map(({ name }) => name),
  );
  const free = workers
    .map((worker) => freeSlotsOf(worker, served, light))
    .filter(({ all }) => all > 0);
  return (name) => {
    const queue = queues.get(name);
    if (!queue || queue.paused) return false;
    const { minSlots = 0, maxSlots = Number.POSITIVE_INFINITY } = queue;
    return free.some(({ all, reserved, forLight, running }) => {
      const runs = running.get(name) ?? 0;
      const own = Math.max(minSlots - runs, 0);
      const isOthers = all <= reserved - own || (light.has(name) && forLight <= -own);
      return !lanes || (!isOthers && runs < maxSlots);
    });
  };
}

type Served = LiveSettings['queues'] extends ReadonlyMap<string, infer Queue> ? Queue : never;

function freeSlotsOf(
  { slots, running }: WorkerSlots,
  served: readonly Served[],
  light: ReadonlySet<string>,
) {
  let [all, forLight, reserved] = [slots, slots === 1 ? 1 : slots - 1, 0];
  for (const [queue, count] of running) {
    all -= count;
    if (light.has(queue)) forLight -= count;
  }
  for (const { name, minSlots = 0 } of served) {
    const own = Math.max(minSlots - (running.get(name) ?? 0), 0);
    reserved += own;
    if (light.has(name)) forLight -= own;
  }
  return { all, reserved, forLight, running };
}
