import type { Delivery } from '../broker/broker.ts';
import type { Resends } from '../task-log/resends.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { HandleBatch, Handled } from './handle-dead-letters.ts';

type Logs = { readonly log: Pick<TaskLog, 'cancel'>; readonly resends: Resends };

/**
 * Lets dead letters go. What has failed stays in the log as failed. But a message that the queue itself
 * gave up, as received too often or too old, was the only one of its task: unless that has ended it is
 * cancelled first, or it would wait in the log for what never comes.
 */
export const purgeBatches =
  (logs: Logs): HandleBatch =>
  (letters) =>
    Promise.all(letters.map((letter) => purge(letter, logs)));

async function purge(letter: DeadLetter, { log, resends }: Logs): Promise<Handled> {
  const { task, queue, delivery } = letter;
  if (!task || isOfWorker(delivery)) return { outcome: 'purged' };
  const result = await log.cancel(task.id);
  if (result.outcome !== 'in-progress' || result.status === 'child_running') {
    return { outcome: 'purged' };
  }
  const reopened = await resends.reopen(task, { letterId: delivery.messageId, queue });
  if (reopened.outcome === 'busy') return { outcome: 'left', why: 'a worker has its task' };
  await log.cancel(task.id);
  return { outcome: 'purged' };
}

/** Its task has failed, or will; or has been redriven since, and waits for another message. */
const isOfWorker = ({ deadLetter }: Delivery): boolean =>
  deadLetter !== undefined && !deadLetter.waitedTooLong;
