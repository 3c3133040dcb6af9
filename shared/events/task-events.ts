import { defined } from '../defined.ts';
import type { Logger } from '../logger.ts';
import { type StreamRecord, taskIdIn } from '../table-stream/table-stream.ts';
import type { TaskStatus } from '../task-log/status.ts';

/** An event in the life of a task. Times are ISO 8601, UTC. */
export type TaskEvent = {
  readonly type: 'task.finished' | 'task.cancelled' | 'task.archived';
  /** Stable: a repeated event has the same id. */
  readonly id: string;
  readonly task: {
    readonly id: string;
    readonly name: string;
    readonly label: string;
    readonly owner?: string;
    readonly parentId?: string;
    readonly queue: string;
    /** `completed` or `failed` if the task has finished. */
    readonly status: TaskStatus;
    /** Attempts started. */
    readonly attempt: number;
    readonly createdAt: string;
    /** When the latest attempt started. */
    readonly startedAt?: string;
    readonly finishedAt?: string;
    readonly updatedAt: string;
  };
};

/**
 * Publishes task events at least once, in no particular order. Consumers that must not act twice
 * remember the event id. Every adapter passes the suite in test/contract/task-events-contract.ts.
 */
export interface TaskEvents {
  /** Resolves to one entry per event, in order: undefined, or the error. Never rejects. */
  emit(events: readonly TaskEvent[]): Promise<(Error | undefined)[]>;
}

/** Drops all events. */
export const noTaskEvents: TaskEvents = {
  emit: async (events) => events.map(() => undefined),
};

/** Writes events to the log, for the local stack. */
export const logTaskEvents = (logger: Logger): TaskEvents => ({
  emit: async (events) =>
    events.map((event) => {
      logger.info(event.type, event);
      return undefined;
    }),
});

const TYPE_BY_STATUS: ReadonlyMap<string, TaskEvent['type']> = new Map([
  ['completed', 'task.finished'],
  ['failed', 'task.finished'],
  ['cancelled', 'task.cancelled'],
  ['archived', 'task.archived'],
]);

/** Returns the event of a stream record. Undefined if the record is not a new final status. */
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
    task: defined({
      id,
      name: text('name'),
      label: text('label'),
      owner,
      parentId,
      queue: text('queue'),
      status,
      attempt: number('claims') - number('snoozes'),
      createdAt: text('createdAt'),
      startedAt,
      finishedAt,
      updatedAt: text('updatedAt'),
    }),
  };
}
