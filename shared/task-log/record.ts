import { type Clock, isoTime } from '../clock.ts';
import { defined } from '../defined.ts';
import { taskIdOfMessage } from '../ids.ts';
import type { JsonValue } from '../json.ts';
import { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import type { TaskSummary, UndecodableMessage } from './task-log.ts';

/** The report of a task that was cancelled before it began. */
export const cancelledReport = (taskId: string): Report =>
  Report.info(`Task ${taskId} was cancelled before it began`);

/** When a task is due whose message is sent with a delay. Empty without one: it is due now. */
export const dueIn = (delaySeconds: number, clock: Clock): { dueAt?: string } =>
  delaySeconds > 0 ? { dueAt: isoTime(clock.now() + delaySeconds * 1000) } : {};

/** The record of a message that cannot be decoded. The message itself is a dead letter. */
export function undecodableTask({ messageId, sentAt, queue, reason }: UndecodableMessage): {
  task: Task;
  report: Report;
} {
  const task = {
    id: taskIdOfMessage(messageId, sentAt),
    name: 'undecodable-message',
    parameters: { messageId },
    label: `Undecodable message in queue ${queue}`,
    masterStatus: false,
    createdAt: isoTime(sentAt),
  };
  return { task, report: Report.error('This message is among the dead letters.', { reason }) };
}

/** Rebuilds the task as its message carried it. @param parameters null when they are in the file store */
export function taskInRecord(
  { id, name, label, owner, parentId, retryOf, masterStatus, createdAt }: TaskSummary,
  parameters: JsonValue,
  parametersAt: string | undefined,
): Task {
  const fixed = { id, name, label, masterStatus, createdAt };
  return defined({ ...fixed, parameters, parametersAt, owner, parentId, retryOf });
}
