import type { Delivery } from '../broker/broker.ts';
import { taskIdOfMessage } from '../ids.ts';
import { decodeTask, UndecodableMessageError } from '../task/message.ts';
import type { Task } from '../task/task.ts';

/** A message in a dead-letter queue: workers, or SQS itself, gave up on it. */
export type DeadLetter = {
  /** The queue whose dead letter it is. */
  readonly queue: string;
  readonly delivery: Delivery;
} & (
  | { readonly task: Task; readonly problem?: never }
  /** Why the message is not a task. */
  | { readonly task?: never; readonly problem: string }
);

export function deadLetterOf(queue: string, delivery: Delivery): DeadLetter {
  try {
    const { trace: _, ...task } = decodeTask(delivery.body);
    return { queue, delivery, task };
  } catch (error) {
    if (!(error instanceof UndecodableMessageError)) throw error;
    return { queue, delivery, problem: error.message };
  }
}

/** The id of its record in the task log. Absent if SQS moved a message here that is not a task. */
export function recordIdOf({ task, delivery: { deadLetter } }: DeadLetter): string | undefined {
  if (task || !deadLetter) return task?.id;
  const { messageId, sentAt } = deadLetter.original;
  return messageId && taskIdOfMessage(messageId, sentAt);
}

/** Why the message is here. SQS moves a message after too many deliveries. */
export const reasonOf = ({ delivery, problem }: DeadLetter): string =>
  delivery.deadLetter?.reason ??
  problem ??
  'delivered too often: its workers died or returned the message';

/** The id that people use: that of the task, else that of the message. */
export const nameOf = ({ task, delivery }: DeadLetter): string => task?.id ?? delivery.messageId;

/** Which dead letters a command selects. */
export type LetterSelection = {
  /** Ids of tasks, of messages, or of records of messages that are not tasks. Absent: all. */
  readonly ids?: readonly string[] | undefined;
  /** The name of their tasks. */
  readonly name?: string | undefined;
  /** The largest number to take. */
  readonly limit?: number | undefined;
};

/** Picks selected dead letters, batch by batch. A task may have several: every one is picked. */
export class Picker {
  readonly #name: string | undefined;
  readonly #ids: ReadonlySet<string> | undefined;
  readonly #missing: Set<string>;
  #left: number;

  constructor({ ids, name, limit = Number.POSITIVE_INFINITY }: LetterSelection) {
    this.#name = name;
    this.#ids = ids && new Set(ids);
    this.#missing = new Set(ids);
    this.#left = limit;
  }

  pick(letters: readonly DeadLetter[]): DeadLetter[] {
    const picked = letters.filter((letter) => this.#isSelected(letter)).slice(0, this.#left);
    this.#left -= picked.length;
    return picked;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  /** Requested ids that no letter had so far. */
  get missing(): string[] {
    return [...this.#missing];
  }

  #isSelected(letter: DeadLetter): boolean {
    if (this.#name !== undefined && letter.task?.name !== this.#name) return false;
    if (!this.#ids) return true;
    const selected = idsOf(letter).filter((id) => this.#ids?.has(id));
    for (const id of selected) this.#missing.delete(id);
    return selected.length > 0;
  }
}

const idsOf = (letter: DeadLetter): string[] =>
  [letter.delivery.messageId, recordIdOf(letter)].filter((id) => id !== undefined);
