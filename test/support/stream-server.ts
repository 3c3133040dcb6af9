import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

type Request = {
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  readonly SequenceNumber?: string;
  readonly ShardIterator: string;
  readonly ExclusiveStartShardId?: string;
  readonly Limit: number;
};

/** A shard of the server: its records are just numbers. */
type ServedShard = { readonly parent?: string; readonly numbers: number[]; isClosed?: boolean };

/** One shard in each answer, so that there are pages. */
const SHARD_PAGE = 1;

/** The streams API of DynamoDB at its front, with what the emulator has not: splits, and time that passes. */
export async function startStreamServer(shards: Record<string, ServedShard>) {
  const state = {
    /** Iterators given out before now are no longer good. */
    expireIterators: (): void => {
      generation += 1;
    },
    /** Records with numbers below are forgotten. */
    trimmedBelow: 0,
    isDown: false,
  };
  let generation = 0;

  const actions: Record<string, (request: Request) => object> = {
    DescribeStream: ({ ExclusiveStartShardId }) => {
      const ids = Object.keys(shards);
      const start =
        ExclusiveStartShardId === undefined ? 0 : ids.indexOf(ExclusiveStartShardId) + 1;
      const page = ids.slice(start, start + SHARD_PAGE);
      return {
        StreamDescription: {
          Shards: page.map((ShardId) => ({ ShardId, ParentShardId: shards[ShardId]?.parent })),
          LastEvaluatedShardId: start + SHARD_PAGE < ids.length ? page.at(-1) : undefined,
        },
      };
    },
    GetShardIterator: ({ ShardId, ShardIteratorType, SequenceNumber }) => {
      const after = ShardIteratorType === 'TRIM_HORIZON' ? 0 : Number(SequenceNumber);
      if (after > 0 && after < state.trimmedBelow) throw new Error('TrimmedDataAccessException');
      return { ShardIterator: iterator(ShardId, after) };
    },
    GetRecords: ({ ShardIterator, Limit }) => {
      const [shardId = '', after = '', madeIn] = ShardIterator.split('/');
      if (Number(madeIn) !== generation) throw new Error('ExpiredIteratorException');
      const { numbers = [], isClosed = false } = shards[shardId] ?? {};
      const left = numbers.filter((n) => n > Number(after) && n >= state.trimmedBelow);
      const page = left.slice(0, Limit);
      const isEnd = isClosed && page.length === left.length;
      return {
        Records: page.map((number) => ({ dynamodb: { SequenceNumber: String(number) } })),
        ...(!isEnd && { NextShardIterator: iterator(shardId, page.at(-1) ?? Number(after)) }),
      };
    },
  };
  const iterator = (shardId: string, after: number): string => `${shardId}/${after}/${generation}`;

  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const [, action = ''] = String(request.headers['x-amz-target']).split('.');
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(body));
    };
    if (state.isDown) return answer(400, { __type: 'InternalServerError' });
    try {
      answer(200, actions[action]?.(JSON.parse(text)) ?? {});
    } catch (error) {
      answer(400, { __type: (error as Error).message });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBStreamsClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxAttempts: 1,
  });
  const close = (): void => {
    client.destroy();
    server.close();
  };
  return { state, client, close };
}
