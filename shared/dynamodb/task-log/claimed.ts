import { isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { ClaimRequest } from '../../task-log/task-log.ts';
import { taskAttributes } from './items.ts';

type Times = {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly expiresAt: number;
};

/** What a claim writes, the record included if there is none. */
export const claimed = (task: Task, request: ClaimRequest, { now, expiresAt }: Times) => ({
  set: {
    queue: request.queue,
    holder: holderOf(request),
    status: 'running',
    leaseUntil: now + request.leaseSeconds * 1000,
    startedAt: isoTime(now),
    updatedAt: isoTime(now),
    expiresAt,
  },
  setIfAbsent: { ...taskAttributes(task), snoozes: 0 },
  add: { claims: 1 },
  remove: ['progress', 'dueAt'],
});

/** Unique, so that a claim recognises its own write when it is repeated. */
export const holderOf = ({ workerId, claimId }: ClaimRequest): string => `${workerId}/${claimId}`;
