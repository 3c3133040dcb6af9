import type { Delivery } from '../broker/broker.ts';
import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import type { StoredFiles } from '../files/file-store.ts';
import { parametersOf } from '../files/payloads.ts';
import { messageOf } from '../foreign/text.ts';
import { taskIdOfMessage } from '../ids.ts';
import { decodeTask, UndecodableMessageError } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import type { PendingRedelivery, RedriveResult } from '../task-log/redelivery.ts';
import type { TaskCommands } from '../task-log/task-log.ts';

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

/** The outcome for one dead letter. All except those left are deleted. */
export type Handled =
  /** `settled`: there was nothing left to do for its task. */
  | { readonly outcome: 'redriven' | 'settled' | 'purged' }
  | { readonly outcome: 'left'; readonly why: string };

export type HandleBatch = (letters: readonly DeadLetter[]) => Promise<Handled[]>;

export type RedriveDeps = {
  readonly redelivery: PendingRedelivery;
  readonly files: Pick<StoredFiles, 'get'> | undefined;
  readonly dispatcher: Pick<Dispatcher, 'requeue'>;
};

type Reopened = { readonly task: Task; readonly queue: string };

/**
 * Redrives dead letters: reopens the record, sends the task, and lets the caller delete the letter. If
 * the process dies in between, the letter stays. The record keeps its id, so a repetition continues.
 *
 * A task that fails during the redrive leaves a new letter. That one is left alone: tasks that fail at
 * once would be redriven forever.
 */
export function redriveBatches({ redelivery, files, dispatcher }: RedriveDeps): HandleBatch {
  const redriven = new Set<string>();

  const reopen = async ({
    queue,
    delivery,
    ...letter
  }: DeadLetter): Promise<Handled | Reopened> => {
    const { task } = letter;
    if (!task) return left(`it is not a task: ${letter.problem}`);
    if (redriven.has(task.id)) return left('this command has redriven its task already');
    try {
      await parametersOf(task, files);
    } catch (error) {
      return left(messageOf(error));
    }
    const result = await redelivery.redrive(task, { letterId: delivery.messageId, queue });
    return verdictOf(result) ?? { task, queue };
  };

  return async (letters) => {
    const found = await Promise.all(letters.map(reopen));
    const reopened = found.filter(isReopened);
    // Several letters of one task make one message.
    const tasks = [...new Map(reopened.map((item) => [item.task.id, item])).values()];
    const answers = await dispatcher.requeue(tasks);
    const refusals = new Map(tasks.map(({ task }, index) => [task.id, answers[index]]));
    return found.map((item) => {
      if (!isReopened(item)) return item;
      const refusal = refusals.get(item.task.id);
      if (refusal) return left(refusal.message);
      redriven.add(item.task.id);
      return { outcome: 'redriven' };
    });
  };
}

/** Nothing if the task is to be sent. */
function verdictOf(result: RedriveResult): Handled | undefined {
  switch (result.outcome) {
    case 'requeued':
      return undefined;
    case 'obsolete':
      return { outcome: 'settled' };
    case 'busy':
      return left('a worker has its task; try again when that has ended');
    case 'put-aside':
      return left(`its task was ${result.status}; purge the dead letter, or retry the task`);
  }
}

const left = (why: string): Handled => ({ outcome: 'left', why });

const isReopened = (item: Handled | Reopened): item is Reopened => 'task' in item;

type Logs = { readonly log: Pick<TaskCommands, 'cancel'>; readonly redelivery: PendingRedelivery };

/**
 * Purges dead letters. A failed task stays in the log as failed. A message that the queue itself gave
 * up on was the only one of its task. Unless the task has ended, it is cancelled first: otherwise it
 * would wait in the log forever.
 */
export const purgeBatches =
  (logs: Logs): HandleBatch =>
  (letters) =>
    Promise.all(letters.map((letter) => purge(letter, logs)));

async function purge(letter: DeadLetter, { log, redelivery }: Logs): Promise<Handled> {
  const { task, queue, delivery } = letter;
  if (!task || isOfWorker(delivery)) return { outcome: 'purged' };
  const result = await log.cancel(task.id);
  if (result.outcome !== 'in-progress' || result.status === 'child_running') {
    return { outcome: 'purged' };
  }
  const reopened = await redelivery.redrive(task, { letterId: delivery.messageId, queue });
  if (reopened.outcome === 'busy') return left('a worker has its task');
  await log.cancel(task.id);
  return { outcome: 'purged' };
}

/** Its task has failed or will fail, or was redriven since and waits for another message. */
const isOfWorker = ({ deadLetter }: Delivery): boolean =>
  deadLetter !== undefined && !deadLetter.waitedTooLong;
