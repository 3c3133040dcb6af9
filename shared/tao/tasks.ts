import { TASK_CATEGORIES, type TaskCategory } from '../task/task-definition.ts';
import { entriesOf, type Field, join, type Notes } from './fields.ts';
import { shortClassName } from './names.ts';

export type TaskNames = {
  /** The tasks of this project, with their categories. */
  readonly known: ReadonlyMap<string, TaskCategory>;
  /** TAO's name → name here, from --task. */
  readonly renamed: ReadonlyMap<string, string>;
};

/**
 * The name here of a TAO task: the name from --task, the same name, or the name of its class:
 * `oat\tao\model\ExportResults` is `export-results`.
 */
export function taskNamed(taoName: string, { known, renamed }: TaskNames): string | undefined {
  const said = renamed.get(taoName);
  if (said !== undefined) return said;
  return [taoName, kebabCase(shortClassName(taoName))].find((name) => known.has(name));
}

/** Task name → queue name. */
export function taoTaskQueues(
  field: Field | undefined,
  names: TaskNames,
  notes: Notes,
): Record<string, string> {
  const pairs = entriesOf(field, notes).flatMap(([taoName, queue]) => {
    const task = known(taoName, join(field?.path ?? '', taoName), names, notes);
    return task === undefined ? [] : [[task, queue as string] as const];
  });
  return Object.fromEntries(pairs);
}

/** Categories are in the contracts of tasks. A category that differs becomes a remark. */
export function noteCategories(field: Field | undefined, names: TaskNames, notes: Notes): void {
  for (const [taoName, category] of entriesOf(field, notes)) {
    const path = join(field?.path ?? '', taoName);
    if (!TASK_CATEGORIES.some((each) => each === category)) {
      const message = `"${String(category)}" is not a category. Accepted: ${TASK_CATEGORIES.join(', ')}`;
      notes.problems.push({ path, message });
      continue;
    }
    const task = known(taoName, path, names, notes);
    const here = task === undefined ? undefined : names.known.get(task);
    if (here === undefined || here === category) continue;
    const message = `is "${String(category)}" in TAO and "${here}" in the contract of "${task}": the contract counts`;
    notes.remarks.push({ path, message });
  }
}

function known(
  taoName: string,
  path: string,
  names: TaskNames,
  { remarks }: Notes,
): string | undefined {
  const task = taskNamed(taoName, names);
  if (task !== undefined) return task;
  const option = `--task '${taoName}=…'`;
  remarks.push({
    path,
    message: `no task here has this name: not imported; name the task with ${option}`,
  });
  return undefined;
}

const kebabCase = (name: string): string =>
  name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
