import { addTo, type CellKey, type Tally } from './tally.ts';

/** Whose numbers: an owner's, or with `undefined` everybody's. */
export type Whose = string | undefined;

/** The key of an item takes 2,048 bytes at most; whoever has a longer name counts with everybody only. */
const MAX_OWNER_BYTES = 2000;

/** Numbers of everybody and of each owner. */
export class Tallies {
  readonly #byHolder = new Map<Whose, Map<CellKey, number>>();

  /** Adds to the numbers of everybody and, if there is one, of the owner. */
  add(owner: string | undefined, cell: CellKey, count: number): void {
    for (const whose of holdersFor(owner)) {
      const tally = this.#byHolder.get(whose) ?? new Map<CellKey, number>();
      this.#byHolder.set(whose, tally);
      addTo(tally, cell, count);
    }
  }

  of(whose: Whose): Tally {
    return this.#byHolder.get(whose) ?? new Map();
  }

  /** Everybody who was ever added to. */
  get holders(): Whose[] {
    return [...this.#byHolder.keys()];
  }
}

/** Whose numbers a task of this owner is in. */
export const holdersFor = (owner: string | undefined): Whose[] =>
  owner !== undefined && Buffer.byteLength(owner) <= MAX_OWNER_BYTES
    ? [undefined, owner]
    : [undefined];
