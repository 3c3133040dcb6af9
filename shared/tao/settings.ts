import type { ConfigInput, StrategyName } from '../config/config.ts';
import { BROKER_SETTINGS, storeType } from '../config/schema.ts';
import { defined } from '../defined.ts';
import type { FieldProblem } from '../errors.ts';
import { SQS_BATCH } from '../limits.ts';

/** Notes about the settings: `problems` make them unusable, `remarks` do not. */
export type Notes = {
  readonly problems: FieldProblem[];
  readonly remarks: FieldProblem[];
};

export type Field = { readonly path: string; readonly value: unknown };

/**
 * Returns the fields of an object of PHP settings by name: `defaultQueue` for `default_queue`,
 * `defaultQueue` and `DEFAULT-QUEUE`. A serialized service has its fields in `options`: they count as
 * fields of the object. Each name that is not accepted becomes a remark.
 */
export function fieldsOf<Name extends string>(
  raw: unknown,
  path: string,
  aliases: Readonly<Record<Name, readonly string[]>>,
  notes: Notes,
): Partial<Record<Name, Field>> {
  if (!isObject(raw)) {
    notes.problems.push({ path, message: 'must be an object' });
    return {};
  }
  const { options, ...own } = raw;
  const serialized = isObject(options) ? options : {};
  const entries = [
    ...Object.entries(own).map(([key, value]) => ({ key, path: join(path, key), value })),
    ...Object.entries(serialized).map(([key, value]) => ({
      key,
      path: join(join(path, 'options'), key),
      value,
    })),
  ];
  const fields: Partial<Record<Name, Field>> = {};
  for (const { key, ...field } of entries) {
    const name = nameOf(key, aliases);
    if (name !== undefined) fields[name] = field;
    else if (field.value !== null)
      notes.remarks.push({ path: field.path, message: NO_COUNTERPART });
  }
  return fields;
}

const NO_COUNTERPART = 'has no counterpart here: not imported';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The entries of a map. An empty PHP array is always a list in JSON, even if a map was meant. */
export function entriesOf(field: Field | undefined, { problems }: Notes): [string, unknown][] {
  const value = field?.value ?? {};
  if (isObject(value)) return Object.entries(value);
  const isEmpty = Array.isArray(value) && value.length === 0;
  if (!isEmpty) problems.push({ path: field?.path ?? '', message: 'must be an object' });
  return [];
}

export const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const plain = (name: string): string => name.replace(/[_-]/g, '').toLowerCase();

function nameOf<Name extends string>(
  key: string,
  aliases: Readonly<Record<Name, readonly string[]>>,
): Name | undefined {
  const names = Object.keys(aliases) as Name[];
  return names.find((name) => [name, ...aliases[name]].map(plain).includes(plain(key)));
}

/** The strategies of TAO, by the names of their classes. */
const STRATEGIES: Readonly<Record<string, StrategyName>> = {
  WeightStrategy: 'weighted',
  StrictPriorityStrategy: 'strict-priority',
};

/** The last part of a PHP class name, however it is quoted: `\oat\…\WeightStrategy`. */
export const shortClassName = (name: string): string => name.replace(/^.*[\\/]/, '');

/** The strategy of a TAO class. Nothing if the name is not one of TAO's. */
export const taoStrategy = (className: string): StrategyName | undefined =>
  STRATEGIES[shortClassName(className)];

type QueueInput = ConfigInput['queues'][number];

/** The brokers of TAO, by the names of their classes. */
const BROKERS: Readonly<Record<string, string>> = {
  InMemoryQueueBroker: 'memory',
  RdsQueueBroker: 'postgres',
  SqsQueueBroker: 'sqs',
};

/** The defaults of TAO's constructors. */
const DEFAULTS = { weight: 1, receive: 1 };
/** SQS gives no more at once. TAO took no more either, without saying so. */
const SQS_MAX_RECEIVE = SQS_BATCH.entries;

const CLASS = ['class', 'className', 'broker', 'type'];
const QUEUE_FIELDS = { name: [], weight: [], broker: [], class: ['className'] };
const BROKER_FIELDS = {
  class: CLASS,
  persistence: ['persistenceId'],
  receive: ['receiveTasks', 'numberOfTasksToReceive', 'numOfTasksToReceive', 'capacity'],
  profile: ['awsProfile'],
  cache: ['cacheId', 'cacheServiceId'],
};

/** Reads the queues. The schema of the configuration checks their values later. */
export function taoQueues(field: Field | undefined, notes: Notes): QueueInput[] {
  if (!Array.isArray(field?.value)) {
    notes.problems.push({ path: field?.path ?? 'queues', message: 'must be a list of queues' });
    return [];
  }
  const { path, value } = field;
  return value.map((raw: unknown, index) => taoQueue(raw, `${path}[${index}]`, notes));
}

function taoQueue(raw: unknown, path: string, notes: Notes): QueueInput {
  const { name, weight, broker } = fieldsOf(raw, path, QUEUE_FIELDS, notes);
  if (!isObject(raw)) return raw as QueueInput;
  if (name === undefined) notes.problems.push({ path: join(path, 'name'), message: 'is missing' });
  // Wrong names and types stay: the schema refuses them together with all other problems.
  return {
    name: name?.value as string,
    weight: positive(weight?.value ?? DEFAULTS.weight),
    broker: taoBroker(broker, join(path, 'broker'), notes),
  };
}

function taoBroker(field: Field | undefined, path: string, notes: Notes): QueueInput['broker'] {
  const raw = isObject(field?.value) ? field.value : { class: field?.value };
  const fields = fieldsOf(raw, path, BROKER_FIELDS, notes);
  const type = brokerType(fields.class?.value, path, notes);
  const takes = BROKER_SETTINGS.get(type ?? '') ?? [];
  const receive = receiveOf(fields.receive, type, notes);
  for (const { path: at } of [fields.profile, fields.cache].filter((each) => each !== undefined)) {
    notes.remarks.push({
      path: at,
      message: 'is not needed: each process has its own credentials',
    });
  }
  const persistence = takes.includes('persistence') ? fields.persistence?.value : undefined;
  // Without undefined keys: the schema and the configuration file see only what is set.
  return defined({
    type,
    persistence,
    receive: takes.includes('receive') ? receive : undefined,
  }) as QueueInput['broker'];
}

function brokerType(name: unknown, path: string, notes: Notes): string | undefined {
  const known = [...BROKER_SETTINGS.keys()];
  const short = typeof name === 'string' ? shortClassName(name) : '';
  const type = BROKERS[short] ?? storeType(short);
  if (known.includes(type)) return type;
  const what = short === '' ? 'is missing' : `"${short}" is not supported`;
  notes.problems.push({ path, message: `${what}. Accepted: ${known.join(', ')}` });
  return undefined;
}

function receiveOf(field: Field | undefined, type: string | undefined, notes: Notes): unknown {
  const receive = positive(field?.value ?? DEFAULTS.receive);
  const isTooMuch = type === 'sqs' && typeof receive === 'number' && receive > SQS_MAX_RECEIVE;
  if (!isTooMuch || !field) return receive;
  const message = `${receive} becomes ${SQS_MAX_RECEIVE}: SQS returns no more at once`;
  notes.remarks.push({ path: field.path, message });
  return SQS_MAX_RECEIVE;
}

/** TAO accepts numbers as texts and ignores their signs. Other values stay as they are. */
function positive(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? Math.abs(number) : (value as number);
}
