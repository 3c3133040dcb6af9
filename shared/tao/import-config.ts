import type { ConfigInput, StrategyName } from '../config/config.ts';
import type { FieldProblem } from '../errors.ts';
import { type Field, fieldsOf, isObject, type Notes } from './fields.ts';
import { strategyNamed } from './names.ts';
import { originalQueues } from './queues.ts';
import { noteCategories, originalTaskQueues, type TaskNames } from './tasks.ts';

export type ImportedConfig = {
  /** What the settings say of queues and tasks, unchecked. */
  readonly settings: Pick<ConfigInput, 'queues' | 'defaultQueue' | 'taskQueues' | 'strategy'>;
  /** What keeps them from being used. */
  readonly problems: readonly FieldProblem[];
  /** What has no counterpart here, or becomes something else. */
  readonly remarks: readonly FieldProblem[];
};

/** Services of the original by their ids, of before and after they moved into the core. */
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
 * Reads the queue settings of the original, as JSON: those of its dispatcher and task log together, or
 * by the ids of the services.
 * @throws never: what is wrong is among the problems
 */
export function importConfig(raw: unknown, names: TaskNames): ImportedConfig {
  const notes: Notes = { problems: [], remarks: [] };
  const services = servicesOf(raw, notes);
  const dispatcher = fieldsOf(services.dispatcher, services.path, DISPATCHER_FIELDS, notes);
  const log = services.log
    ? fieldsOf(services.log.value, services.log.path, LOG_FIELDS, notes)
    : {};
  const queues = originalQueues(dispatcher.queues, notes);
  const defaultQueue = dispatcher.defaultQueue?.value;
  noteLog(dispatcher.taskLog, log.taskLogBroker, notes);
  const categories = log.taskToCategoryAssociations ?? dispatcher.taskToCategoryAssociations;
  noteCategories(categories, names, notes);
  return {
    settings: {
      queues,
      ...(defaultQueue ? { defaultQueue: defaultQueue as string } : {}),
      taskQueues: originalTaskQueues(dispatcher.taskToQueueAssociations, names, notes),
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
      message: `has no ${DISPATCHERS[0]}: that is where queues are`,
    });
  }
  return { dispatcher: id === undefined ? {} : raw[id], path: id ?? '', ...log };
}

/** `{ "class": "…\\StrictPriorityStrategy" }`, or the name alone. The original's default is by weight. */
function strategyOf(field: Field | undefined, { problems, remarks }: Notes): StrategyName {
  const value = isObject(field?.value) ? field.value['class'] : field?.value;
  const strategy = strategyNamed(String(value || 'WeightStrategy'));
  const path = field?.path ?? 'task_selector_strategy';
  if (strategy === undefined) {
    problems.push({ path, message: `"${String(value)}" is no strategy of the original` });
  } else if (strategy === 'weighted') {
    const message = 'is exact here, not by lottery; "weighted-random" is the lottery';
    remarks.push({ path, message });
  }
  return strategy ?? 'weighted';
}

/** Where records are kept is not taken over: only an id, or a broker, says so there. */
function noteLog(log: Field | undefined, broker: Field | undefined, { remarks }: Notes): void {
  for (const field of [log, broker]) {
    if (field)
      remarks.push({ path: field.path, message: 'records are kept as `taskLog` says here' });
  }
}
