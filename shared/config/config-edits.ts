import { defined } from '../defined.ts';
import type { ConfigInput, TaskQueueConfig } from './config.ts';
import { BROKER_SETTINGS, storeType } from './schema.ts';

/**
 * Routes a task name to a queue. A new queue gets the broker of the default queue, and its weight
 * unless one is given.
 */
export function associate(
  input: ConfigInput,
  task: string,
  queue: string,
  weight?: number,
): ConfigInput {
  const isNew = input.queues.every(({ name }) => name !== queue);
  const model = input.queues.find(({ name }) => name === input.defaultQueue) ?? input.queues[0];
  const created =
    isNew && model ? [{ name: queue, weight: weight ?? model.weight, broker: model.broker }] : [];
  return {
    ...input,
    queues: [...input.queues, ...created],
    taskQueues: { ...input.taskQueues, [task]: queue },
  };
}

/** Removes a route: the task goes to the default queue. */
export function dissociate(input: ConfigInput, task: string): ConfigInput {
  const { [task]: _gone, ...taskQueues } = input.taskQueues ?? {};
  return { ...input, taskQueues };
}

export type BrokerChange = {
  /** @default every queue */
  readonly queue?: string;
  /** @default the type stays, and only `receive` changes, for brokers that have it */
  readonly type?: string;
  readonly receive?: number;
  /** For brokers that are replaced. Ignored by those that take none. */
  readonly persistence?: string;
};

/** Replaces or adjusts brokers. The result is not validated. */
export function changeBrokers(input: ConfigInput, change: BrokerChange): ConfigInput {
  const { queue } = change;
  const queues = input.queues.map((item) =>
    queue === undefined || item.name === queue
      ? { ...item, broker: brokerOf(change, item.broker) }
      : item,
  );
  return { ...input, queues };
}

type BrokerInput = ConfigInput['queues'][number]['broker'];

/** A broker of the same type keeps what is not given; one of another type has its defaults for it. */
function brokerOf({ type: wanted, receive, persistence }: BrokerChange, before: BrokerInput) {
  const type = storeType(wanted ?? before.type);
  const settings = BROKER_SETTINGS.get(type) ?? [];
  const isNamed = wanted !== undefined;
  const given = defined({ receive, persistence: isNamed ? persistence : undefined });
  const taken = Object.entries(given).filter(([setting]) => settings.includes(setting));
  const kept = type === storeType(before.type) ? before : {};
  // The schema reports what does not fit together.
  const named = defined({ type: isNamed ? type : undefined });
  return { ...kept, ...named, ...Object.fromEntries(taken) } as BrokerInput;
}

/** Types of task logs. */
export const TASK_LOG_TYPES: readonly string[] = [
  'dynamodb',
  'postgres',
] satisfies TaskQueueConfig['taskLog']['type'][];

export type TaskLogChange = { readonly type: string; readonly persistence?: string };

/** Replaces the task log, but keeps the retention of its records. The result is not validated. */
export function changeTaskLog(input: ConfigInput, change: TaskLogChange): ConfigInput {
  const { type: before = 'dynamodb', retentionDays, ...own } = input.taskLog ?? {};
  const type = storeType(change.type);
  const kept = type === storeType(before) ? own : {};
  // The schema reports what does not fit together.
  const taskLog = defined({ ...kept, ...change, type, retentionDays });
  return { ...input, taskLog: taskLog as ConfigInput['taskLog'] };
}

/** One setting that differs between two configurations. `undefined`: it is not set. */
export type ConfigChange = {
  /** Path of the setting. Queues appear by name, e.g. `queues.priority.weight`. */
  readonly setting: string;
  readonly from: unknown;
  readonly to: unknown;
};

/** Path of a queue, which contains its name already. */
const QUEUE = /^queues\.[^.]+$/;

/** Lists every setting that differs between two configurations. */
export function configChanges(before: object, after: object): ConfigChange[] {
  const [old, now] = [settingsOf(before), settingsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((setting) => old.get(setting) !== now.get(setting))
    .map((setting) => ({ setting, from: old.get(setting), to: now.get(setting) }));
}

function settingsOf(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]]);
  return new Map(
    Object.entries(value)
      .filter(([key]) => !(key === 'name' && QUEUE.test(path)))
      .flatMap(([key, item]) => [...settingsOf(item, join(path, nameOf(item) ?? key))]),
  );
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : undefined;
