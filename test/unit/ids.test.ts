import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  derivedTaskId,
  isTaskId,
  newTaskId,
  PARTITIONS,
  partitionOf,
  taskIdOfMessage,
} from '../../shared/ids.ts';

const SENT_AT = Date.parse('2026-11-24T09:30:00Z');

const manyIds = (): string[] => Array.from({ length: 8000 }, newTaskId);

/** How many of the ids fall into each partition. */
const spreadOf = (ids: readonly string[]): number[] => {
  const byPartition = Map.groupBy(ids, partitionOf);
  return [...byPartition.keys()].toSorted().map((key) => byPartition.get(key)?.length ?? 0);
};

describe('newTaskId', () => {
  test('ids are valid, different, and sort by the order they were made in', () => {
    const ids = manyIds();

    expect(ids.every(isTaskId)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });
});

describe('isTaskId', () => {
  test.each([
    ['nothing', ''],
    ['a word', 'task-1'],
    ['a UUID', '7f1f0c46-33ad-4a7e-9f2c-6d1f9f3f2b11'],
    ['lower case', newTaskId().toLowerCase()],
    ['a character too few', newTaskId().slice(1)],
    ['a character too many', `${newTaskId()}0`],
    ['a time that a ULID cannot hold', `8${newTaskId().slice(1)}`],
    ['a letter that is not in the alphabet', `${newTaskId().slice(0, -1)}U`],
    ['a line end', `${newTaskId()}\n`],
  ])('%s is no task id', (_case, text) => {
    expect(isTaskId(text)).toBe(false);
  });
});

describe('partitionOf', () => {
  test('tasks are spread evenly over partitions 0 to 7', () => {
    const spread = spreadOf(manyIds());

    expect(spread).toHaveLength(PARTITIONS);
    expect(Math.min(...spread)).toBeGreaterThan(800);
    expect(Math.max(...spread)).toBeLessThan(1200);
  });

  test.each([
    ['0', 0],
    ['7', 7],
    ['8', 0],
    ['A', 2],
    ['Z', 7],
  ])('an id that ends with %s is always in partition %i', (last, partition) => {
    expect(partitionOf(`01KAX3JZ9N4T8Q6V5W2Y7R1M0${last}`)).toBe(partition);
  });
});

describe('taskIdOfMessage', () => {
  test('one message has one id, and it is valid', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: SENT_AT * 2 }), (messageId, sentAt) => {
        const id = taskIdOfMessage(messageId, sentAt);

        expect(isTaskId(id)).toBe(true);
        expect(taskIdOfMessage(messageId, sentAt)).toBe(id);
      }),
    );
  });

  test('ids sort by when the messages were sent', () => {
    const times = Array.from({ length: 100 }, (_, index) => SENT_AT + index);

    const ids = times.map((sentAt, index) => taskIdOfMessage(`message-${index}`, sentAt));

    expect(ids.toSorted()).toEqual(ids);
  });

  test('messages of the same millisecond have different ids, in all partitions', () => {
    const ids = Array.from({ length: 8000 }, (_, index) => taskIdOfMessage(`m${index}`, SENT_AT));

    const spread = spreadOf(ids);

    expect(new Set(ids).size).toBe(ids.length);
    expect(spread).toHaveLength(PARTITIONS);
    expect(Math.min(...spread)).toBeGreaterThan(800);
  });
});

test('a derived id is the same for the same time and text, and another for any other', () => {
  const id = derivedTaskId(SENT_AT, 'order-42');

  expect(isTaskId(id)).toBe(true);
  expect(derivedTaskId(SENT_AT, 'order-42')).toBe(id);
  expect(derivedTaskId(SENT_AT + 1, 'order-42')).not.toBe(id);
  expect(derivedTaskId(SENT_AT, 'order-43')).not.toBe(id);
});
