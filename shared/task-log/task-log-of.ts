import type { TaskClaims, TaskCommands, TaskLog, TaskQueries, TaskRecorder } from './task-log.ts';

export type TaskLogRoles = {
  readonly recorder: TaskRecorder;
  readonly claims: TaskClaims;
  readonly commands: TaskCommands;
  readonly queries: TaskQueries;
};

/** Makes one task log of four objects that have a role each. */
export const taskLogOf = ({ recorder, claims, commands, queries }: TaskLogRoles): TaskLog => ({
  recordEnqueued: (...args) => recorder.recordEnqueued(...args),
  recordUndecodable: (...args) => recorder.recordUndecodable(...args),

  claim: (...args) => claims.claim(...args),
  heartbeat: (...args) => claims.heartbeat(...args),
  finish: (...args) => claims.finish(...args),
  openChildren: (...args) => claims.openChildren(...args),
  requeue: (...args) => claims.requeue(...args),

  cancel: (...args) => commands.cancel(...args),
  archive: (...args) => commands.archive(...args),

  get: (...args) => queries.get(...args),
  getSummary: (...args) => queries.getSummary(...args),
  list: (...args) => queries.list(...args),
  count: (...args) => queries.count(...args),
  visit: (...args) => queries.visit(...args),
  countByStatus: (...args) => queries.countByStatus(...args),
});
