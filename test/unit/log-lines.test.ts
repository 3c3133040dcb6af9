import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { linesForPeople } from '../../functions/dev/local-stack.ts';

/** Returns a process's line as a developer reads it at a terminal. */
function shown(process: string, line: object | string): string[] {
  const lines: string[] = [];
  const write = (text: string) => lines.push(stripVTControlCharacters(text));
  linesForPeople(write)(process, typeof line === 'string' ? line : JSON.stringify(line));
  return lines.map((text) => text.replace(/^\d\d:\d\d:\d\d {2}/, ''));
}

const ENDED = {
  level: 'INFO',
  message: 'task.finished',
  timestamp: '2026-11-30T17:24:34.995Z',
  service: 'task-queue',
  sampling_rate: 0,
  type: 'task.finished',
  id: '01M8PQSACKPQNERRXX3GYQAJB2/completed/2026-11-30T17:24:34.446Z',
  task: {
    id: '01M8PQSACKPQNERRXX3GYQAJB2',
    name: 'compute-statistics',
    owner: 'arn:aws:iam::000000000000:user/developer',
    queue: 'standard',
    status: 'completed',
    attempt: 1,
    startedAt: '2026-11-30T17:24:34.390Z',
    finishedAt: '2026-11-30T17:24:34.446Z',
  },
};

test('a task that has ended is one short line', () => {
  expect(shown('the table stream', ENDED)).toEqual([
    'completed  01M8PQSACKPQNERRXX3GYQAJB2  compute-statistics  standard  56 ms',
  ]);
});

test('a task that ended before it started has no duration', () => {
  const { startedAt: _none, ...task } = ENDED.task;

  expect(shown('the table stream', { ...ENDED, task: { ...task, status: 'cancelled' } })).toEqual([
    'cancelled  01M8PQSACKPQNERRXX3GYQAJB2  compute-statistics  standard',
  ]);
});

test('a message names its process and its fields, and gives the reason of an error', () => {
  const line = {
    level: 'WARN',
    message: 'attempt failed',
    timestamp: '2026-11-30T17:24:34.995Z',
    service: 'task-queue',
    sampling_rate: 0,
    taskId: 'T1',
    error: { name: 'Error', message: 'out of paper', location: 'x.ts:1', stack: 'Error: …' },
  };

  expect(shown('worker 1', line)).toEqual(['worker 1: attempt failed, taskId T1, out of paper']);
});

test.each([
  ['a line that is not JSON', 'Error: no memory', ['worker 1 | Error: no memory']],
  ['JSON that is not a log line', '{"a":1}', ['worker 1 | {"a":1}']],
  ['half a line of JSON', '{"level":"INFO","mess', ['worker 1 | {"level":"INFO","mess']],
  ['the line that says a process is ready', 'ready http://127.0.0.1:1', []],
])('%s is passed on as it is, or left out', (_case, line, expected) => {
  expect(shown('worker 1', line)).toEqual(expected);
});
