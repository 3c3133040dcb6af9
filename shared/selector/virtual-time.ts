import type { SelectableQueue } from './selector-strategy.ts';

/** How long a late queue keeps its place, and catches up afterwards. */
const LATE_MS = 1000;

/** A queue is due this part of a selection later, so that rounding never makes it due too early. */
const ROUNDING = 1e-3;

/** The position of one queue, and what is known of it. */
export type VirtualPlace = {
  weight: number;
  /** The service that the queue got, divided by its weight. */
  start: number;
  /** Service that its running tasks are expected to get, and that is not in `start` yet. */
  expected: number;
  /** While the queue catches up: the virtual time before which it is not due. */
  pacedTo: number;
  /** True from the moment it has tasks until the first of them starts. */
  isNew: boolean;
  emptied: number;
  lateSince: number | undefined;
  /** Number of the latest observation in which it competed. */
  competedIn: number;
};

/**
 * The virtual time of weighted fair queueing (EEVDF, Stoica and Abdel-Wahab, 1995). Each queue has a
 * virtual time, which moves by 1/weight with each unit of service. The present is the average of all
 * queues that compete, by weight. A queue before the present is owed service; one after it owes some.
 *
 * - A queue competes while it is ready, and while it is late, for at most a second.
 * - A queue that starts to compete does so at the present: while it was idle it saved up nothing. One
 *   that stopped while it owed service still owes it, less what passes meanwhile.
 * - The present depends on competing queues only, so an idle queue changes nothing.
 */
export class VirtualTime {
  readonly #places = new Map<string, VirtualPlace>();
  readonly #joining: VirtualPlace[] = [];
  #observation = 0;
  #present = 0;
  /** Number of the queues that compete, the sum of their weights, and the largest weight. */
  #competing = 0;
  #weight = 0;
  #heaviest = 0;
  #hasNewWeights = false;

  /** Notes which queues compete now. Call it before each choice. */
  observe(queues: readonly SelectableQueue[], now: number): void {
    this.#average();
    this.#observation += 1;
    this.#joining.length = 0;
    let stay = 0;
    for (const queue of queues) {
      const place = this.#placeFor(queue);
      if (!competes(queue, place, now)) continue;
      if (this.#stays(place, queue)) stay += 1;
      else this.#joining.push(place);
    }
    const isChanged = stay < this.#competing || this.#joining.length > 0;
    if (isChanged || this.#hasNewWeights) this.#change();
    if (this.#present > 1) this.#rebase();
  }

  /** The place of a queue that was observed. */
  placeOf(name: string): VirtualPlace | undefined {
    return this.#places.get(name);
  }

  /** True for the heaviest queue when its first task has arrived: nothing goes before it. */
  goesFirst({ isNew, weight }: VirtualPlace): boolean {
    return isNew && weight >= this.#heaviest;
  }

  /** True if a task of this cost may start without giving the queue more than its share. */
  isDue(place: VirtualPlace, cost: number): boolean {
    return beginOf(place) < this.#present + (cost * (1 - ROUNDING)) / this.#weight;
  }

  /** Notes that a task starts. A queue that is owed several tasks gets at most twice its share. */
  served(place: VirtualPlace, cost: number): void {
    place.isNew = false;
    const owed = (this.#present - virtualTimeOf(place)) * place.weight;
    const isBehind = owed >= cost;
    place.pacedTo = isBehind ? this.#present + cost / (2 * place.weight) : -Infinity;
  }

  /** Forgives what a queue is ahead by more than this, in units of virtual time. */
  limitAhead(place: VirtualPlace, limit: number): void {
    const ahead = virtualTimeOf(place) - this.#present;
    if (ahead > limit) place.start -= ahead - limit;
  }

  /** Virtual time that passes while the competing queues get this much service. */
  spanOf(service: number): number {
    return service / this.#weight;
  }

  #placeFor({ name, weight, emptied }: SelectableQueue): VirtualPlace {
    const known = this.#places.get(name);
    if (!known) {
      const place = newPlace(weight, emptied, this.#present);
      this.#places.set(name, place);
      return place;
    }
    if (known.weight !== weight) {
      // It stays owed the same service.
      const owed = (this.#present - known.start) * known.weight;
      known.start = this.#present - owed / weight;
      known.weight = weight;
      this.#hasNewWeights = true;
    }
    return known;
  }

  /** Returns false for a queue that did not compete before, or was empty meanwhile. */
  #stays(place: VirtualPlace, { emptied }: SelectableQueue): boolean {
    const stays = place.competedIn === this.#observation - 1 && place.emptied === emptied;
    place.emptied = emptied;
    if (stays) place.competedIn = this.#observation;
    return stays;
  }

  /** Lets queues leave and join. */
  #change(): void {
    this.#hasNewWeights = false;
    this.#keepDebts();
    for (const place of this.#joining) this.#join(place);
    this.#keepDebts();
  }

  /** Recomputes the average, and leaves queues that do not compete as far ahead of it as they were. */
  #keepDebts(): void {
    const before = this.#present;
    this.#average();
    const moved = this.#present - before;
    if (moved === 0) return;
    for (const place of this.#places.values()) {
      if (place.competedIn !== this.#observation) place.start += moved;
    }
  }

  #join(place: VirtualPlace): void {
    const ahead = virtualTimeOf(place) - this.#present;
    place.isNew = ahead <= 0;
    if (ahead < 0) place.start -= ahead;
    place.pacedTo = -Infinity;
    place.competedIn = this.#observation;
  }

  /** Computes the present from the queues that compete. */
  #average(): void {
    let [weight, moment] = [0, 0];
    this.#competing = 0;
    this.#heaviest = 0;
    for (const place of this.#places.values()) {
      if (place.competedIn !== this.#observation) continue;
      weight += place.weight;
      moment += place.weight * virtualTimeOf(place);
      this.#competing += 1;
      if (place.weight > this.#heaviest) this.#heaviest = place.weight;
    }
    this.#weight = weight;
    if (weight > 0) this.#present = moment / weight;
  }

  /** Moves the origin to the present: small numbers are exact. */
  #rebase(): void {
    for (const place of this.#places.values()) {
      place.start -= this.#present;
      place.pacedTo -= this.#present;
    }
    this.#present = 0;
  }
}

/** The virtual time at which the next task of a queue begins. */
export const beginOf = (place: VirtualPlace): number =>
  Math.max(virtualTimeOf(place), place.pacedTo);

const virtualTimeOf = ({ start, expected, weight }: VirtualPlace): number =>
  start + expected / weight;

const newPlace = (weight: number, emptied: number, start: number): VirtualPlace => ({
  weight,
  start,
  expected: 0,
  pacedTo: -Infinity,
  isNew: false,
  emptied,
  lateSince: undefined,
  competedIn: -1,
});

function competes({ ready, idle }: SelectableQueue, place: VirtualPlace, now: number): boolean {
  if (ready || idle) {
    place.lateSince = undefined;
    return ready;
  }
  place.lateSince ??= now;
  return now - place.lateSince <= LATE_MS;
}
