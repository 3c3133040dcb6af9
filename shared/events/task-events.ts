import type { TaskStatus } from '../task-log/status.ts';

/** Something happened to a task that others may want to know. Times are ISO 8601, UTC. */
export type TaskEvent = {
  readonly type: 'task.finished' | 'task.cancelled' | 'task.archived';
  /** The same whenever the same happening is told again. */
  readonly id: string;
  readonly task: {
    readonly id: string;
    readonly name: string;
    readonly label: string;
    readonly owner?: string;
    readonly parentId?: string;
    readonly queue: string;
    /** `completed` or `failed` when it has finished. */
    readonly status: TaskStatus;
    /** Attempts begun. */
    readonly attempt: number;
    readonly createdAt: string;
    /** When the latest attempt began. */
    readonly startedAt?: string;
    readonly finishedAt?: string;
    readonly updatedAt: string;
  };
};

/**
 * Tells others what happened to tasks, at least once and in no particular order: whoever acts on an
 * event twice at a cost remembers its id. Every adapter passes the suite in
 * test/contract/task-events-contract.ts.
 */
export interface TaskEvents {
  /** Resolves to one entry per event, in order: why it was not taken, or `undefined`. Never rejects. */
  emit(events: readonly TaskEvent[]): Promise<(Error | undefined)[]>;
}

/** Where nobody listens. */
export const noTaskEvents: TaskEvents = {
  emit: async (events) => events.map(() => undefined),
};
