import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../shared/json.ts';
import {
  decodeTask,
  encodeTask,
  taskProblems,
  UndecodableMessageError,
} from '../../shared/task/message.ts';
import { aTask } from '../support/a-task.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const ACCEPTED_BY_SQS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** Arrays in arrays, this many in all. */
const nested = (levels: number): JsonValue => (levels === 1 ? [] : [nested(levels - 1)]);

const anyText = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 255 })
  .filter((text) => text.length <= 255 && !text.includes('\0'));

/** JSON as a program reads it: `-0` is `0` there. The key `__proto__` is one like any other. */
const anyJson = fc
  .jsonValue({ stringUnit: 'binary' })
  .map((value) => JSON.stringify(value))
  .map((json) => JSON.parse(json) as JsonValue);

const anyTask = fc
  .record({ parameters: anyJson, label: anyText, owner: anyText, masterStatus: fc.boolean() })
  .map(aTask);

test('a task arrives as it was sent, whatever its parameters and its label', () => {
  fc.assert(
    fc.property(anyTask, (task) => {
      expect(decodeTask(encodeTask(task))).toEqual(task);
    }),
  );
});

test('a message has only characters that SQS accepts', () => {
  fc.assert(
    fc.property(anyTask, (task) => {
      expect(encodeTask(task)).toMatch(ACCEPTED_BY_SQS);
    }),
  );
});

test.each([
  ['control characters', '\u0001 \u0008 \u001F \u007F'],
  ['what SQS refuses', '\uFFFE \uFFFF'],
  ['more than the basic plane', '😀 𝒳 \u{10FFFF}'],
  ['an escape spelled out', '\\uD83D \\\\uFFFF'],
  ['line ends and quotes', '\r\n\t "\'\u2028'],
])('a label with %s survives the journey', (_case, label) => {
  const task = aTask({ label, parameters: { [label]: label } });

  const body = encodeTask(task);

  expect(body).toMatch(ACCEPTED_BY_SQS);
  expect(decodeTask(body)).toEqual(task);
});

test('owner and parent stay absent when the task has none', () => {
  const decoded = decodeTask(encodeTask(aTask()));

  expect(decoded).not.toHaveProperty('owner');
  expect(decoded).not.toHaveProperty('parentId');
});

test('parent and master status travel with the task', () => {
  const task = aTask({ parentId: aTask().id, masterStatus: true });

  expect(decodeTask(encodeTask(task))).toEqual(task);
});

test('what a later version adds to a message is no obstacle', () => {
  const task = aTask();

  expect(decodeTask(JSON.stringify({ ...task, colour: 'green' }))).toEqual(task);
});

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test.each([
  ['alone', { traceparent: TRACEPARENT }],
  ['with state', { traceparent: TRACEPARENT, tracestate: 'vendor=1,other=2' }],
])('a trace %s travels with the task', (_case, trace) => {
  expect(decodeTask(encodeTask({ ...aTask(), trace })).trace).toEqual(trace);
});

test.each([
  ['a text', TRACEPARENT],
  ['null', null],
  ['of another version', { traceparent: TRACEPARENT.replace('00', 'ff') }],
  ['with an id too short', { traceparent: '00-0af7-b7ad-01' }],
  ['without a parent', { tracestate: 'vendor=1' }],
])('a trace that is broken (%s) is dropped, and the task is as good as without', (_case, trace) => {
  const task = aTask();

  expect(decodeTask(JSON.stringify({ ...task, trace }))).toEqual(task);
});

test('a broken trace state is dropped, and the trace kept', () => {
  const trace = { traceparent: TRACEPARENT, tracestate: 7 };

  const decoded = decodeTask(JSON.stringify({ ...aTask(), trace }));

  expect(decoded.trace).toEqual({ traceparent: TRACEPARENT });
});

test.each([
  ['plain text', 'hello', 'the message is not JSON'],
  ['nothing', '', 'the message is not JSON'],
  ['half a task', encodeTask(aTask()).slice(0, -1), 'the message is not JSON'],
  ['a list', '[]', 'expected object'],
  ['null', 'null', 'expected object'],
  ['an id that is no ULID', JSON.stringify({ ...aTask(), id: 'task-1' }), 'id: must be a ULID'],
  ['a date that is none', JSON.stringify({ ...aTask(), createdAt: 'today' }), 'createdAt: '],
  ['a year 0', JSON.stringify(aTask({ createdAt: '0000-01-01T00:00:00Z' })), 'createdAt: '],
  [
    'a time finer than nanoseconds',
    JSON.stringify(aTask({ createdAt: '2026-11-24T09:30:00.1234567890Z' })),
    'createdAt: must not be finer than nanoseconds',
  ],
  [
    'parameters of 101 levels',
    JSON.stringify(aTask({ parameters: nested(101) })),
    'parameters: must not be nested deeper than 100 levels',
  ],
  [
    'parameters of 100,000 levels',
    JSON.stringify(aTask()).replace('{"deliveryId":"d-1"}', '['.repeat(1e5) + ']'.repeat(1e5)),
    'parameters: must not be nested deeper than 100 levels',
  ],
  ['an empty name', JSON.stringify({ ...aTask(), name: '' }), 'name: '],
  ['a label of 256 characters', JSON.stringify(aTask({ label: 'x'.repeat(256) })), 'label: '],
  ['no parameters', JSON.stringify({ ...aTask(), parameters: undefined }), 'parameters: '],
])('%s is not decoded, and the reason is named', (_case, body, reason) => {
  const decode = () => decodeTask(body);

  expect(decode).toThrow(UndecodableMessageError);
  expect(decode).toThrow(reason);
});

test.each([
  ['a time in nanoseconds', aTask({ createdAt: '2026-11-24T09:30:00.123456789Z' })],
  ['parameters of 100 levels', aTask({ parameters: nested(100) })],
])('a task with %s is decoded', (_case, task) => {
  expect(decodeTask(encodeTask(task))).toEqual(task);
});

test('every field that is wrong is named', () => {
  const decode = () => decodeTask('{}');

  for (const field of ['id', 'name', 'parameters', 'label', 'createdAt']) {
    expect(decode).toThrow(`${field}: `);
  }
});

test.each(['label', 'owner', 'name', 'parametersAt'])(
  'a %s with U+0000 is refused: PostgreSQL could not store it',
  (path) => {
    const task = aTask({ [path]: 'nothing \0' });

    expect(taskProblems(task)).toEqual([{ path, message: 'must not have the character U+0000' }]);
  },
);

test('a label with half a character is refused: the task log could not store it', () => {
  const task = aTask({ label: 'half \ud83d' });

  expect(taskProblems(task)).toEqual([{ path: 'label', message: 'must be well-formed Unicode' }]);
});
