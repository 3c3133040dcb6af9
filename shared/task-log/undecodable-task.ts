import { isoTime } from '../clock.ts';
import { taskIdOfMessage } from '../ids.ts';
import { Report } from '../report/report.ts';
import type { Task } from '../task/task.ts';
import type { UndecodableMessage } from './task-log.ts';

/** What is recorded of a message that is no task. The message itself is among the dead letters. */
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
