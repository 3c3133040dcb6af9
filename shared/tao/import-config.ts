import type { ConfigInput, StrategyName } from '../config/config.ts';
import { BUILT_IN_STRATEGIES } from '../config/schema.ts';
import { defined } from '../defined.ts';
import type { FieldProblem } from '../errors.ts';
import { TASK_CATEGORIES, type TaskCategory } from '../task/task-definition.ts';
import {
  entriesOf,
  type Field,
  fieldsOf,
  isObject,
  join,
  type Notes,
  shortClassName,
  taoStrategy,
} from './fields.ts';
import { taoQueues } from './queues.ts';

export type ImportedConfig = {
  /** The settings of queues and tasks, unchecked. */
  readonly settings: Pick<ConfigInput, 'queues' | 'defaultQueue' | 'taskQueues' | 'strategy'>;
  /** Problems that make the settings unusable. */
  readonly problems: readonly FieldProblem[];
  /** Settings that have no counterpart, or that become something else. */
  readonly remarks: readonly FieldProblem[];
};

/** Ids of TAO's services, before and after they moved into its core. */
const DISPATCHERS = ['tao/taskQueue', 'taoTaskQueue/taskQueue', 'taoTaskQueue/queueDispatcher'];
const LOGS = ['tao/taskLog', 'taoTaskQueue/taskLog'];

const DISPATCHER_FIELDS = {
  queues: [],
  defaultQueue: [],
  taskToQueueAssociations: ['linkedTasks', 'taskQueues'],
  taskSelectorStrategy: ['queueSelectorStrategy', 'strategy'],
  taskLog: [],
  taskToCategoryAssociations: [],
  class: ['className'],
};
const LOG_FIELDS = {
  taskToCategoryAssociations: [],
  taskLogBroker: [],
  class: ['className'],
};

/**
 * Reads TAO's queue settings as JSON: those of the dispatcher and the task log together, or each under
 * the id of its service. Never throws: the problems say what is wrong.
 */
export function importConfig(raw: unknown, names: TaskNames): ImportedConfig {
  const notes: Notes = { problems: [], remarks: [] };
  const services = servicesOf(raw, notes);
  const dispatcher = fieldsOf(services.dispatcher, services.path, DISPATCHER_FIELDS, notes);
  const log = services.log
    ? fieldsOf(services.log.value, services.log.path, LOG_FIELDS, notes)
    : {};
  const queues = taoQueues(dispatcher.queues, notes);
  const defaultQueue = dispatcher.defaultQueue?.value;
  noteLog(dispatcher.taskLog, log.taskLogBroker, notes);
  const categories = log.taskToCategoryAssociations ?? dispatcher.taskToCategoryAssociations;
  noteCategories(categories, names, notes);
  return {
    settings: {
      ...defined({ queues, defaultQueue: (defaultQueue || undefined) as string | undefined }),
      taskQueues: taoTaskQueues(dispatcher.taskToQueueAssociations, names, notes),
      strategy: strategyOf(dispatcher.taskSelectorStrategy, notes),
    },
    ...notes,
  };
}

type Services = { readonly dispatcher: unknown; readonly path: string; readonly log?: Field };

function servicesOf(raw: unknown, notes: Notes): Services {
  if (!isObject(raw)) return { dispatcher: raw, path: '' };
  const id = DISPATCHERS.find((each) => each in raw);
  const logId = LOGS.find((each) => each in raw);
  const log = logId && { log: { path: logId, value: raw[logId] } };
  if (id === undefined && logId === undefined) return { dispatcher: raw, path: '' };
  if (id === undefined) {
    notes.problems.push({
      path: '',
      message: `has no ${DISPATCHERS[0]}, which contains the queues`,
    });
  }
  return { dispatcher: id === undefined ? {} : raw[id], path: id ?? '', ...log };
}

/** `{ "class": "…\\StrictPriorityStrategy" }`, or the name alone. TAO's default is by weight. */
function strategyOf(field: Field | undefined, { problems, remarks }: Notes): StrategyName {
  const value = isObject(field?.value) ? field.value['class'] : field?.value;
  const name = String(value || 'WeightStrategy');
  const strategy = BUILT_IN_STRATEGIES.find((known) => known === name) ?? taoStrategy(name);
  const path = field?.path ?? 'task_selector_strategy';
  if (strategy === undefined) {
    const advice = 'Remove it, import, and write it as a strategy of your own: docs/strategies.md';
    problems.push({ path, message: `"${String(value)}" is not a strategy of TAO. ${advice}` });
  } else if (strategy === 'weighted') {
    const message =
      'gives exact shares here; "weighted-random" draws queues at random, as TAO does';
    remarks.push({ path, message });
  }
  return strategy ?? 'weighted';
}

/** The place of the records is not imported: TAO's settings name only an id or a broker. */
function noteLog(log: Field | undefined, broker: Field | undefined, { remarks }: Notes): void {
  for (const field of [log, broker]) {
    if (field)
      remarks.push({
        path: field.path,
        message: 'is not imported: `taskLog` of this configuration says where records are kept',
      });
  }
}

type TaskNames = {
  /** The tasks of this project, with their categories. */
  readonly known: ReadonlyMap<string, TaskCategory>;
  /** TAO's name → name here, from --task. */
  readonly renamed: ReadonlyMap<string, string>;
};

/**
 * The name here of a TAO task: the name from --task, the same name, or the name of its class:
 * `oat\tao\model\ExportResults` is `export-results`.
 */
function taskNamed(taoName: string, { known, renamed }: TaskNames): string | undefined {
  const said = renamed.get(taoName);
  if (said !== undefined) return said;
  return [taoName, kebabCase(shortClassName(taoName))].find((name) => known.has(name));
}

/** Task name → queue name. */
function taoTaskQueues(
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
function noteCategories(field: Field | undefined, names: TaskNames, notes: Notes): void {
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
