import { type StreamRecord, taskIdIn } from '../table-stream/stream-record.ts';
import type { TaskStatus } from '../task-log/status.ts';
import type { TaskEvent } from './task-events.ts';

const TYPE_BY_STATUS: ReadonlyMap<string, TaskEvent['type']> = new Map([
  ['completed', 'task.finished'],
  ['failed', 'task.finished'],
  ['cancelled', 'task.cancelled'],
  ['archived', 'task.archived'],
]);

/** The event in a stream record, if the task has got a status that others may want to know. */
export function eventIn(record: StreamRecord): TaskEvent | undefined {
  const id = taskIdIn(record);
  const { OldImage = {}, NewImage = {} } = record.dynamodb ?? {};
  const text = (name: string): string => NewImage[name]?.S ?? '';
  const number = (name: string): number => Number(NewImage[name]?.N ?? 0);
  const status = text('status') as TaskStatus;
  const type = TYPE_BY_STATUS.get(status);
  if (id === undefined || !type || OldImage['status']?.S === status) return undefined;

  const [owner, parentId, startedAt, finishedAt] = [
    'owner',
    'parentId',
    'startedAt',
    'finishedAt',
  ].map((name) => NewImage[name]?.S);
  return {
    type,
    id: `${id}/${status}/${text('updatedAt')}`,
    task: {
      id,
      name: text('name'),
      label: text('label'),
      ...(owner === undefined ? {} : { owner }),
      ...(parentId === undefined ? {} : { parentId }),
      queue: text('queue'),
      status,
      attempt: number('claims') - number('snoozes'),
      createdAt: text('createdAt'),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(finishedAt === undefined ? {} : { finishedAt }),
      updatedAt: text('updatedAt'),
    },
  };
}
