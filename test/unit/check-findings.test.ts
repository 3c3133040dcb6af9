import { expect, test } from 'vitest';
import {
  queueFindings,
  resourceFindings,
  taskFindings,
} from '../../shared/check/resource-findings.ts';
import type {
  BucketState,
  Inspector,
  QueueState,
  Seen,
  TableState,
} from '../../shared/check/seen.ts';
import { seen } from '../../shared/check/seen.ts';
import {
  bucketFindings,
  databaseFindings,
  tableFindings,
} from '../../shared/check/store-findings.ts';
import { parseConfig } from '../../shared/config/config.ts';

const DEPLOYED = { isLocal: false };
const LOCAL = { isLocal: true };
const config = parseConfig(
  { queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }] },
  'of a test',
);
const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}`;

/** As deployed, changed as a test needs. */
const queueState = (changes: Partial<QueueState> = {}): Seen<QueueState> => ({
  state: {
    arn: arnOf('main'),
    visibilityTimeoutSeconds: 60,
    retentionSeconds: 14 * 86_400,
    deadLetterArn: arnOf('main-dead'),
    maxReceiveCount: 1000,
    depth: { waiting: 0, inFlight: 0, delayed: 0 },
    ...changes,
  },
});
const deadLetters = queueState({ arn: arnOf('main-dead'), visibilityTimeoutSeconds: 30 });
const tableState = (changes: Partial<TableState> = {}): Seen<TableState> => ({
  state: {
    keys: ['pk', 'sk'],
    indexes: ['byOwner', 'byParent', 'byFailure'],
    timeToLive: 'expiresAt',
    hasStream: true,
    ...changes,
  },
});
const bucketState: Seen<BucketState> = {
  state: { expirationDays: { 'files/': 33, 'payloads/': 45 } },
};

const ofQueue = (queue: Seen<QueueState>, place = DEPLOYED) =>
  queueFindings({ name: 'main', queue, deadLetters }, config, place);

test('what is as deployed is found in order', async () => {
  const inspector: Inspector = {
    queue: async (url) => (url.endsWith('dead') ? deadLetters : queueState()),
    table: async () => tableState(),
    bucket: async () => bucketState,
    database: async () => ({ state: {} }),
  };
  const resources = {
    table: 'tasks',
    queues: { main: { url: 'http://q/main', deadLetterUrl: 'http://q/main-dead' } },
    bucket: { name: 'files', url: 'http://b/files' },
  };

  expect(await resourceFindings(config, resources, inspector, DEPLOYED)).toEqual([]);
});

test.each([
  ['another visibility timeout', { visibilityTimeoutSeconds: 30 }, 'warning', '30 s'],
  ['a short retention', { retentionSeconds: 4 * 86_400 }, 'warning', 'after 4 days'],
  [
    'no dead-letter queue',
    { deadLetterArn: undefined, maxReceiveCount: undefined },
    'warning',
    'no dead-letter',
  ],
  ['another dead-letter queue', { deadLetterArn: arnOf('other') }, 'error', arnOf('other')],
  ['few deliveries', { maxReceiveCount: 5 }, 'warning', '5 deliveries'],
])('%s is found, with how to fix it', (_case, changes, severity, text) => {
  const findings = ofQueue(queueState(changes));

  expect(findings).toEqual([
    {
      severity,
      subject: 'queue "main"',
      message: expect.stringContaining(text),
      fix: expect.stringContaining('cdk deploy'),
    },
  ]);
  expect(ofQueue(queueState(changes), LOCAL)[0]?.fix).toContain('task-queue init');
});

test.each([
  ['missing', 'it does not exist', 'cdk deploy'],
  ['denied', 'cannot read', 'sqs:GetQueueAttributes'],
  ['unreachable', 'cannot be reached', 'region'],
] as const)('a queue that is %s is an error', (kind, message, fix) => {
  const [finding, ...others] = ofQueue({ trouble: { kind, message: 'why' } });

  expect(others).toEqual([]);
  expect(finding).toMatchObject({ severity: 'error', message: expect.stringContaining(message) });
  expect(finding?.fix).toContain(fix);
});

test.each([
  ['other keys', { keys: ['id'] }, 'error', 'pk, sk'],
  ['a missing index', { indexes: ['byOwner'] }, 'error', 'byParent, byFailure'],
  ['no time to live', { timeToLive: undefined }, 'error', 'forever'],
  ['no stream', { hasStream: false }, 'warning', 'statistics'],
])('a table with %s is found', (_case, changes, severity, text) => {
  const findings = tableFindings('tasks', tableState(changes), DEPLOYED);

  expect(findings).toMatchObject([{ severity, message: expect.stringContaining(text) }]);
});

test('files that are deleted before their records are an error', () => {
  const findings = bucketFindings('files', bucketState, 40, DEPLOYED);

  expect(findings).toMatchObject([
    { severity: 'error', message: expect.stringContaining('files/ after 33 days') },
  ]);
});

test('that nothing is ever deleted matters in a deployment only', () => {
  const bucket = { state: { expirationDays: {} } };

  expect(bucketFindings('files', bucket, 30, LOCAL)).toEqual([]);
  expect(bucketFindings('files', bucket, 30, DEPLOYED)).toMatchObject([{ severity: 'warning' }]);
});

test('tasks that only one side knows are errors, and misspelt ones come with a hint', () => {
  const findings = taskFindings(
    { contracts: ['a', 'b'], handlers: ['b', 'c'] },
    { taskQueues: { bb: 'main', a: 'main' } },
    () => ' Did you mean "b"?',
  );

  expect(findings.map(({ subject, message }) => [subject, message])).toEqual([
    ['task "a"', expect.stringContaining('no handler')],
    ['task "c"', expect.stringContaining('no contract')],
    ['task "bb"', expect.stringContaining('Did you mean "b"?')],
  ]);
});

test.each([
  ['QueueDoesNotExist', {}, 'missing'],
  ['UnknownError', { $metadata: { httpStatusCode: 404 } }, 'missing'],
  ['AccessDeniedException', {}, 'denied'],
  ['UnknownError', { $metadata: { httpStatusCode: 403 } }, 'denied'],
  ['TimeoutError', {}, 'unreachable'],
])('the error %s %o means %s', async (name, more, kind) => {
  const answer = await seen(Promise.reject(Object.assign(new Error('why'), { name }, more)));

  expect(answer).toMatchObject({ trouble: { kind } });
});

test.each([
  [{ found: 0, needed: 2 }, 'it has no schema "task_queue"', 'Run `npx cdk deploy`.'],
  [{ found: 1, needed: 2 }, 'version 1, but this code needs version 2', 'Workers can continue'],
  [{ found: 3, needed: 2 }, 'version 3, but this code needs version 2', 'Use newer code'],
])('a database with another schema is an error: %o', (mismatch, message, fix) => {
  expect(databaseFindings('default', { state: { mismatch } }, DEPLOYED)).toEqual([
    {
      severity: 'error',
      subject: 'database "default"',
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    },
  ]);
});

test('a database with this code’s schema is in order', () => {
  expect(databaseFindings('default', { state: {} }, LOCAL)).toEqual([]);
});

test('what is on PostgreSQL without an address is an error, the task log too', async () => {
  const onSql = { type: 'postgres', persistence: 'default' };
  const all = parseConfig(
    { queues: [{ name: 'main', weight: 1, broker: onSql }], taskLog: onSql },
    'of a test',
  );
  const inspector = {} as Inspector;

  const found = await resourceFindings(all, { queues: {} }, inspector, LOCAL);

  expect(found.filter(({ severity }) => severity === 'error')).toMatchObject([
    { subject: 'queue "main" (database "default")' },
    { subject: 'the task log (database "default")' },
  ]);
});
