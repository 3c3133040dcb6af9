import type { ConfigInput, StrategyName } from '../config/config.ts';
import { LIVE } from '../config/schema.ts';
import { defined } from '../defined.ts';
import type { FieldProblem } from '../errors.ts';
import { type Field, fieldsOf, isObject, type Notes } from './fields.ts';
import { taoStrategy } from './names.ts';
import { taoQueues } from './queues.ts';
import { noteCategories, type TaskNames, taoTaskQueues } from './tasks.ts';

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
  const strategy = LIVE.strategy.options.find((known) => known === name) ?? taoStrategy(name);
  const path = field?.path ?? 'task_selector_strategy';
  if (strategy === undefined) {
    problems.push({ path, message: `"${String(value)}" is not a strategy of TAO` });
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
