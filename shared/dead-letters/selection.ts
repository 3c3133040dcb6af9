import { type DeadLetter, recordIdOf } from './dead-letter.ts';

/** Which dead letters are meant. */
export type Selection = {
  /** Of tasks, of messages, or of the records of messages that are no task. Absent: all. */
  readonly ids?: readonly string[] | undefined;
  /** Of their tasks. */
  readonly name?: string | undefined;
  /** Most to take. */
  readonly limit?: number | undefined;
};

/** Picks what is meant, batch by batch. A task may have several dead letters: all are looked at. */
export class Picker {
  readonly #name: string | undefined;
  readonly #ids: ReadonlySet<string> | undefined;
  readonly #missing: Set<string>;
  #left: number;

  constructor({ ids, name, limit = Number.POSITIVE_INFINITY }: Selection) {
    this.#name = name;
    this.#ids = ids && new Set(ids);
    this.#missing = new Set(ids);
    this.#left = limit;
  }

  pick(letters: readonly DeadLetter[]): DeadLetter[] {
    const picked = letters.filter((letter) => this.#isMeant(letter)).slice(0, this.#left);
    this.#left -= picked.length;
    return picked;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  /** Ids that were asked for and in no letter so far. */
  get missing(): string[] {
    return [...this.#missing];
  }

  #isMeant(letter: DeadLetter): boolean {
    if (this.#name !== undefined && letter.task?.name !== this.#name) return false;
    if (!this.#ids) return true;
    const meant = idsOf(letter).filter((id) => this.#ids?.has(id));
    for (const id of meant) this.#missing.delete(id);
    return meant.length > 0;
  }
}

const idsOf = (letter: DeadLetter): string[] =>
  [letter.delivery.messageId, recordIdOf(letter)].filter((id) => id !== undefined);
