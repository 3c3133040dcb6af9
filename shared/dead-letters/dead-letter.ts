import type { Delivery } from '../broker/broker.ts';
import { taskIdOfMessage } from '../ids.ts';
import { decodeTask, UndecodableMessageError } from '../task/message.ts';
import type { Task } from '../task/task.ts';

/** A message that was given up on, as it is found in a dead-letter queue. */
export type DeadLetter = {
  /** Whose dead letter it is. */
  readonly queue: string;
  readonly delivery: Delivery;
} & (
  | { readonly task: Task; readonly problem?: never }
  /** The message is no task, and why. */
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

/** In the task log. Nothing for a message without a record: SQS moved it here, and it is no task. */
export function recordIdOf({ task, delivery: { deadLetter } }: DeadLetter): string | undefined {
  if (task || !deadLetter) return task?.id;
  const { messageId, sentAt } = deadLetter.original;
  return messageId && taskIdOfMessage(messageId, sentAt);
}

/** Why it was given up on. A message that SQS moved here was received too often without an end. */
export const reasonOf = ({ delivery, problem }: DeadLetter): string =>
  delivery.deadLetter?.reason ?? problem ?? 'received too often: its workers died, or gave it back';

/** What people call it by: the id of its task, or that of the message. */
export const nameOf = ({ task, delivery }: DeadLetter): string => task?.id ?? delivery.messageId;
