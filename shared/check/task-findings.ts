import type { TaskQueueConfig } from '../config/config.ts';
import type { Finding } from './finding.ts';

/** Names of the tasks that this code can enqueue and run. */
export type KnownTasks = {
  readonly contracts: readonly string[];
  readonly handlers: readonly string[];
};

/** Whether contracts, handlers and the configuration know the same tasks. */
export function taskFindings(
  { contracts, handlers }: KnownTasks,
  { taskQueues }: Pick<TaskQueueConfig, 'taskQueues'>,
  /** Returns a suggestion such as ` Did you mean "x"?`, or nothing. */
  hint: (name: string, known: readonly string[]) => string,
): Finding[] {
  const error = (name: string, message: string, fix: string): Finding => ({
    severity: 'error',
    subject: `task "${name}"`,
    message,
    fix,
  });
  return [
    ...missingFrom(handlers, contracts).map((name) =>
      error(
        name,
        'it has no handler: workers requeue it until they give up on it',
        'Add its handler to functions/tasks/handlers.ts.',
      ),
    ),
    ...missingFrom(contracts, handlers).map((name) =>
      error(
        name,
        'it has no contract: nobody can enqueue it',
        'Add its contract to functions/tasks/contracts.ts.',
      ),
    ),
    ...missingFrom(contracts, Object.keys(taskQueues)).map((name) =>
      error(
        name,
        `taskQueues names it, but there is no such task.${hint(name, contracts)}`,
        `Correct the name, or run \`task-queue associate ${JSON.stringify(name)} --remove\`.`,
      ),
    ),
  ];
}

/** The names that are not in `there`. */
const missingFrom = (there: readonly string[], names: readonly string[]): string[] =>
  names.filter((name) => !there.includes(name));
