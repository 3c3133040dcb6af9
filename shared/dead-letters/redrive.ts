import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import type { StoredFiles } from '../files/file-store.ts';
import { parametersOf } from '../files/payloads.ts';
import type { Task } from '../task/task.ts';
import type { ReopenResult, Resends } from '../task-log/resends.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { HandleBatch, Handled } from './handle-dead-letters.ts';

export type RedriveDeps = {
  readonly resends: Resends;
  readonly files: Pick<StoredFiles, 'get'> | undefined;
  readonly dispatcher: Pick<Dispatcher, 'requeue'>;
};

type Reopened = { readonly task: Task; readonly queue: string };

/**
 * Reopens the record, sends the task, and then, for whoever calls, deletes the dead letter. Dying in
 * between leaves the letter: by its id in the record a repetition knows how far the first one got.
 *
 * A task that fails while its letters are redriven leaves a new one. It is left alone, or tasks that
 * fail at once would be redriven for ever.
 */
export function redriveBatches({ resends, files, dispatcher }: RedriveDeps): HandleBatch {
  const redriven = new Set<string>();

  const reopen = async ({
    queue,
    delivery,
    ...letter
  }: DeadLetter): Promise<Handled | Reopened> => {
    const { task } = letter;
    if (!task) return left(`it cannot be run: ${letter.problem}`);
    if (redriven.has(task.id)) return left('its task was redriven just now, for another one');
    try {
      await parametersOf(task, files);
    } catch (error) {
      return left(messageOf(error));
    }
    const result = await resends.reopen(task, { letterId: delivery.messageId, queue });
    return verdictOf(result) ?? { task, queue };
  };

  return async (letters) => {
    const found = await Promise.all(letters.map(reopen));
    const reopened = found.filter(isReopened);
    // Several letters of one task are one message.
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

/** Nothing when the task is to be sent. */
function verdictOf(result: ReopenResult): Handled | undefined {
  switch (result.outcome) {
    case 'reopened':
      return undefined;
    case 'settled':
      return { outcome: 'settled' };
    case 'busy':
      return left('a worker has its task at the moment; look again when that has ended');
    case 'put-aside':
      return left(`its task was ${result.status}; purge the dead letter, or retry the task`);
  }
}

const left = (why: string): Handled => ({ outcome: 'left', why });

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const isReopened = (item: Handled | Reopened): item is Reopened => 'task' in item;
