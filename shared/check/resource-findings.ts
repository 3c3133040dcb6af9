import { persistencesOf, type TaskQueueConfig } from '../config/config.ts';
import { missingOfTaskLog, queuesWithoutAddress, type Resources } from '../deployment/resources.ts';
import type { Finding } from './finding.ts';
import { type Place, remedy } from './finding.ts';
import { queueFindings } from './queue-findings.ts';
import type { Inspector } from './seen.ts';
import { bucketFindings, databaseFindings, tableFindings } from './store-findings.ts';

/** Checks every resource that the configuration needs, and changes nothing. */
export async function resourceFindings(
  config: TaskQueueConfig,
  resources: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  const unknown = [
    ...queuesWithoutAddress(config, resources).map((name) =>
      // Some names include the missing database: main (database "default").
      name.replace(/^\S+/, 'queue "$&"'),
    ),
    missingOfTaskLog(config, resources),
  ]
    .filter((subject) => subject !== undefined)
    .map((subject) => withoutAddress(subject, place));
  const found = await Promise.all([
    ...config.queues.map(({ name, broker }) =>
      broker.type === 'sqs' ? ofQueue(name, config, resources, inspector, place) : [],
    ),
    ofTable(config, resources, inspector, place),
    ...persistencesOf(config).map((name) => ofDatabase(name, resources, inspector, place)),
    ofBucket(config, resources, inspector, place),
  ]);
  return [...unknown, ...found.flat()];
}

async function ofQueue(
  name: string,
  config: TaskQueueConfig,
  { queues }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  const address = queues[name];
  if (!address) return [];
  const [queue, deadLetters] = await Promise.all([
    inspector.queue(address.url),
    inspector.queue(address.deadLetterUrl),
  ]);
  return queueFindings({ name, queue, deadLetters }, config, place);
}

async function ofTable(
  { taskLog }: TaskQueueConfig,
  { table: name }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  if (taskLog.type === 'postgres' || name === undefined) return [];
  return tableFindings(name, await inspector.table(name), place);
}

async function ofDatabase(
  name: string,
  { databases = {} }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  if (!Object.hasOwn(databases, name)) return [];
  return databaseFindings(name, await inspector.database(name), place);
}

async function ofBucket(
  { taskLog }: TaskQueueConfig,
  { bucket }: Resources,
  inspector: Inspector,
  place: Place,
): Promise<Finding[]> {
  if (!bucket) return [WITHOUT_BUCKET];
  const { retentionDays } = taskLog;
  const days =
    typeof retentionDays === 'number' ? retentionDays : Math.max(...Object.values(retentionDays));
  return bucketFindings(bucket.name, await inspector.bucket(bucket.name), days, place);
}

const WITHOUT_BUCKET: Finding = {
  severity: 'warning',
  subject: 'bucket',
  message: 'there is no bucket: tasks cannot store files, and large parameters are refused',
  fix: 'Deploy one, or set AWS_ENDPOINT_URL_S3 and run `task-queue init`.',
};

const withoutAddress = (subject: string, place: Place): Finding => ({
  severity: 'error',
  subject,
  message: 'the configuration names it, but its address is unknown',
  fix: `${remedy(place)}.`,
});
