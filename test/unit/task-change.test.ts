import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { byQueue, byStatus } from '../../shared/stats/tally.ts';
import { changeIn, deltasOf } from '../../shared/stats/task-change.ts';
import { isAfter } from '../../shared/table-stream/table-stream.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { SimulatedTable, streamRecord } from '../support/simulated-table.ts';

const TASK = { id: newTaskId(), owner: 'ann', queue: 'priority', status: 'running' } as const;

test('the changes in a stream add up to what a recount finds, for everybody and each owner', () => {
  const anySeed = fc.integer({ min: 0, max: 2 ** 31 });
  fc.assert(
    fc.property(anySeed, fc.integer({ min: 0, max: 300 }), (seed, writes) => {
      const table = new SimulatedTable(seededRandom(seed));
      for (let write = 0; write < writes; write++) table.write();

      const records = [...table.records.values()].flat();
      const deltas = deltasOf(records.flatMap((record) => changeIn(record) ?? []));

      const truth = table.tallies();
      for (const whose of [undefined, 'ann', 'ben']) {
        expect(deltas.of(whose)).toEqual(truth.of(whose));
      }
    }),
  );
});

describe('a record of the stream', () => {
  test.each([
    ['a heartbeat', streamRecord('1', TASK, { ...TASK })],
    ['the parameters of a task', { dynamodb: keysOf(TASK.id, 'parameters') }],
    ['a counter', { dynamodb: keysOf('S#ann', 'stats#1') }],
    ['the live settings', { dynamodb: keysOf('C', 'control') }],
  ])('of %s changes no number', (_what, record) => {
    expect(changeIn(record)).toBeUndefined();
  });

  test('of a task whose time was up takes it out of the numbers', () => {
    const change = changeIn(streamRecord('1', TASK, undefined));

    expect(deltasOf(change ? [change] : []).of('ann')).toEqual(new Map([['priority/running', -1]]));
  });

  test('of an owner too long for a key still counts for everybody', () => {
    const owner = '√'.repeat(1000);
    const change = changeIn(streamRecord('1', undefined, { ...TASK, owner }));

    const deltas = deltasOf(change ? [change] : []);

    expect(deltas.holders).toEqual([undefined]);
  });
});

test('sequence numbers are compared as numbers, of whatever length', () => {
  expect(isAfter('100', '99')).toBe(true);
  expect(isAfter('4421584500000000017450439091', '4421584500000000017450439092')).toBe(false);
  expect(isAfter('7', '7')).toBe(false);
});

test('numbers are shown by status and by queue', () => {
  const tally = new Map([
    ['priority/completed', 2],
    ['priority/failed', 1],
    ['constructor/completed', 3],
  ] as const);

  expect(byStatus(tally)).toEqual({ completed: 5, failed: 1 });
  expect(byQueue(tally)).toEqual({
    priority: { completed: 2, failed: 1 },
    constructor: { completed: 3 },
  });
});

function keysOf(pk: string, sk: string) {
  const Keys = { pk: { S: pk }, sk: { S: sk } };
  return {
    Keys,
    SequenceNumber: '1',
    NewImage: { ...Keys, status: { S: 'x' }, queue: { S: 'y' } },
  };
}
