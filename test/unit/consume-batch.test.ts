import { describe, expect, test } from 'vitest';
import { tableStreamHandler } from '../../functions/streams/table-stream-handler.ts';
import { LogUnavailableError } from '../../shared/errors.ts';
import type { TaskEvent } from '../../shared/events/task-events.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryStatsStore } from '../../shared/memory/stores.ts';
import type { TaskStatus } from '../../shared/task-log/status.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { streamRecord } from '../support/simulated-table.ts';

class BrokenStats extends MemoryStatsStore {
  override apply(): Promise<never> {
    return Promise.reject(new LogUnavailableError('transaction', new Error('throttled')));
  }
}

/** The function behind the stream, with a bus that refuses the events of some tasks. */
function setup({ stats = new MemoryStatsStore(), refused = [] as string[] } = {}) {
  const told: TaskEvent[] = [];
  const events = {
    emit: async (all: readonly TaskEvent[]) =>
      all.map((event) => {
        if (refused.includes(event.task.id)) return new Error('ThrottlingException');
        told.push(event);
        return undefined;
      }),
  };
  const logger = quietLogger();
  return { handler: tableStreamHandler({ stats, events, logger }), stats, told, logger };
}

const finished = (number: number, status: TaskStatus = 'completed') => {
  const task = { id: newTaskId(), owner: 'ann', queue: 'priority' };
  const before = { ...task, status: 'running' } as const;
  return { id: task.id, record: streamRecord(String(number), before, { ...task, status }) };
};

describe('the consumer of the stream', () => {
  test('counts a batch, tells of the tasks that ended, and asks for nothing again', async () => {
    const { handler, stats, told } = setup();
    const [one, two] = [finished(1), finished(2, 'failed')];

    const answer = await handler({ Records: [one.record, two.record], shardId: 'shard-1' });

    // Lambda takes an answer without a state for a failure.
    expect(answer).toEqual({ state: {}, batchItemFailures: [] });
    expect(told.map(({ task }) => task.id)).toEqual([one.id, two.id]);
    expect((await stats.read('ann')).get('priority/completed')).toBe(1);
  });

  test('asks for the whole batch again, and tells of nothing, when it could not count', async () => {
    const { handler, told, logger } = setup({ stats: new BrokenStats() });

    const answer = await handler({
      Records: [finished(5).record, finished(6).record],
      shardId: 's',
    });

    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '5' }]);
    expect(told).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { shardId: 's' } }]);
  });

  test('asks for the records again from the first event on that was not taken, and counts none twice', async () => {
    const [one, two, three] = [finished(1), finished(2), finished(3)];
    const refused = [two.id];
    const { handler, stats, told } = setup({ refused });
    const records = [one.record, two.record, three.record];

    const answer = await handler({ Records: records, shardId: 's' });
    refused.length = 0;
    await handler({ Records: records.slice(1), shardId: 's' });

    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '2' }]);
    expect((await stats.read('ann')).get('priority/completed')).toBe(3);
    expect(new Set(told.map(({ task }) => task.id))).toEqual(new Set([one.id, two.id, three.id]));
  });

  test('does nothing at the end of a window, when there are no records', async () => {
    const { handler } = setup();

    expect(await handler({ Records: [], shardId: 's' })).toEqual({
      state: {},
      batchItemFailures: [],
    });
  });

  test('counts nothing from a source that does not say which shard it reads', async () => {
    const { handler } = setup();

    await expect(handler({ Records: [finished(1).record] })).rejects.toThrow('tumbling window');
  });
});
