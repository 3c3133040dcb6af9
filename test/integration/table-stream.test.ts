import { afterEach, describe, expect, test } from 'vitest';
import { DynamodbTableStream } from '../../shared/dynamodb/table-stream.ts';
import type { ShardReader } from '../../shared/table-stream/table-stream.ts';
import { startStreamServer } from '../support/stream-server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function setup(shards: Parameters<typeof startStreamServer>[0]) {
  const server = await startStreamServer(shards);
  closers.push(server.close);
  return { state: server.state, stream: new DynamodbTableStream(server.client, 'arn:stream') };
}

/** The numbers of the next records; `undefined` at the end of the shard. */
const next = async (reader: ShardReader, max = 10): Promise<number[] | undefined> =>
  (await reader.next(max))?.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber));

describe('the stream of a table', () => {
  test('has all its shards, with their parents, however many pages they take', async () => {
    const { stream } = await setup({
      old: { numbers: [], isClosed: true },
      left: { parent: 'old', numbers: [] },
      right: { parent: 'old', numbers: [] },
    });

    expect(await stream.shards()).toEqual([
      { id: 'old', parentId: undefined },
      { id: 'left', parentId: 'old' },
      { id: 'right', parentId: 'old' },
    ]);
  });

  test('is read in order, and on as records come', async () => {
    const numbers = [1, 2, 3];
    const { stream } = await setup({ shard: { numbers } });
    const reader = stream.read('shard');

    expect(await next(reader, 2)).toEqual([1, 2]);
    expect(await next(reader, 2)).toEqual([3]);
    expect(await next(reader, 2)).toEqual([]);
    numbers.push(4);
    expect(await next(reader, 2)).toEqual([4]);
  });

  test('is read from the record after a given one', async () => {
    const { stream } = await setup({ shard: { numbers: [1, 2, 3] } });

    expect(await next(stream.read('shard', '2'))).toEqual([3]);
  });

  test('says when a shard has ended', async () => {
    const { stream } = await setup({ shard: { numbers: [1], isClosed: true } });
    const reader = stream.read('shard');

    expect(await next(reader)).toEqual([1]);
    expect(await next(reader)).toBeUndefined();
  });

  test('is read on where it was after the iterator has expired', async () => {
    const { stream, state } = await setup({ shard: { numbers: [1, 2, 3, 4] } });
    const reader = stream.read('shard');
    await next(reader, 2);

    state.expireIterators();

    expect(await next(reader, 2)).toEqual([]);
    expect(await next(reader, 2)).toEqual([3, 4]);
  });

  test('is read from its oldest record on when the one before is forgotten', async () => {
    const { stream, state } = await setup({ shard: { numbers: [1, 2, 3, 4] } });
    state.trimmedBelow = 3;
    const reader = stream.read('shard', '1');

    expect(await next(reader)).toEqual([]);
    expect(await next(reader)).toEqual([3, 4]);
  });

  test('that cannot be reached is an error of the log', async () => {
    const { stream, state } = await setup({ shard: { numbers: [1] } });
    state.isDown = true;

    await expect(stream.shards()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await expect(stream.read('shard').next(1)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});
