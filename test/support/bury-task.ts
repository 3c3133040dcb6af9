import type { Broker } from '../../shared/broker/broker.ts';
import { Report } from '../../shared/report/report.ts';
import { encodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { claimed } from './task-log-harness.ts';

const FAILED = { status: 'failed', report: Report.error('The disk is full') } as const;

/** Does with a task what a worker does that has failed in all its attempts. */
export async function buryTask(task: Task, queue: Broker, log: TaskLog): Promise<void> {
  const claim = await claimed(log, task);
  await queue.publish([{ body: encodeTask(task) }]);
  const [delivery] = await queue.receive({ max: 1, waitSeconds: 0, leaseSeconds: 30 });
  if (!delivery) throw new Error('nothing was delivered');
  await queue.deadLetter(delivery, 'The disk is full');
  await log.finish(claim, FAILED);
  await queue.ack([delivery]);
}
