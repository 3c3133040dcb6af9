import { TASK_CATEGORIES, type TaskCategory } from '../task/category.ts';
import { entriesOf, type Field, join, type Notes } from './fields.ts';
import { shortClassName } from './names.ts';

export type TaskNames = {
  /** The tasks that there are here, with their categories. */
  readonly known: ReadonlyMap<string, TaskCategory>;
  /** Original name → name here, as somebody said. */
  readonly renamed: ReadonlyMap<string, string>;
};

/**
 * What a task of the original is called here: as somebody said, by the same name, or by that of its
 * class: `oat\tao\model\ExportResults` is `export-results`.
 */
export function taskNamed(original: string, { known, renamed }: TaskNames): string | undefined {
  const said = renamed.get(original);
  if (said !== undefined) return said;
  return [original, kebabCase(shortClassName(original))].find((name) => known.has(name));
}

/** Task name → queue name. */
export function originalTaskQueues(
  field: Field | undefined,
  names: TaskNames,
  notes: Notes,
): Record<string, string> {
  const pairs = entriesOf(field, notes).flatMap(([original, queue]) => {
    const task = known(original, join(field?.path ?? '', original), names, notes);
    return task === undefined ? [] : [[task, queue as string] as const];
  });
  return Object.fromEntries(pairs);
}

/** Categories are in the contracts of tasks: what is different there is remarked on. */
export function noteCategories(field: Field | undefined, names: TaskNames, notes: Notes): void {
  for (const [original, category] of entriesOf(field, notes)) {
    const path = join(field?.path ?? '', original);
    if (!TASK_CATEGORIES.some((each) => each === category)) {
      const message = `"${String(category)}" is no category: there are ${TASK_CATEGORIES.join(', ')}`;
      notes.problems.push({ path, message });
      continue;
    }
    const task = known(original, path, names, notes);
    const here = task === undefined ? undefined : names.known.get(task);
    if (here === undefined || here === category) continue;
    const message = `is "${String(category)}" there and "${here}" here: the contract of "${task}" says so`;
    notes.remarks.push({ path, message });
  }
}

function known(
  original: string,
  path: string,
  names: TaskNames,
  { remarks }: Notes,
): string | undefined {
  const task = taskNamed(original, names);
  if (task !== undefined) return task;
  const option = `--task '${original}=…'`;
  remarks.push({ path, message: `no task here is known to be it: left out; ${option} says which` });
  return undefined;
}

const kebabCase = (name: string): string =>
  name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
