import type { TaskClaims, TaskCommands, TaskLog, TaskQueries, TaskRecorder } from './task-log.ts';

export type TaskLogRoles = {
  readonly recorder: TaskRecorder;
  readonly claims: TaskClaims;
  readonly commands: TaskCommands;
  readonly queries: TaskQueries;
};

/**
 * Makes one task log of four objects that have a role each. It has the methods of their classes, each
 * bound to its object, so that no adapter needs a class that only passes calls on.
 */
export const taskLogOf = (roles: TaskLogRoles): TaskLog =>
  Object.assign({}, ...Object.values(roles).map(methodsOf));

function methodsOf(role: object): Record<string, unknown> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(role));
  const methods = names.filter((name) => name !== 'constructor');
  return Object.fromEntries(methods.map((name) => [name, Reflect.get(role, name).bind(role)]));
}
