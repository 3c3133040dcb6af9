import type { ConfigInput } from '../config/config.ts';
import { BROKER_SETTINGS, storeType } from '../config/schema.ts';
import { defined } from '../defined.ts';
import { SQS_BATCH } from '../limits.ts';
import { type Field, fieldsOf, isObject, join, type Notes, shortClassName } from './fields.ts';

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
