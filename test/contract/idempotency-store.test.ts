import { describe, expect, test } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { DynamodbIdempotencyStore } from '../../shared/dynamodb/stores.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { MemoryIdempotencyStore } from '../../shared/memory/stores.ts';
import { PostgresIdempotencyStore } from '../../shared/postgres/stores.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openReusedDatabase } from '../support/postgres.ts';
import { describeIdempotencyStoreContract } from './idempotency-store-contract.ts';

describe('idempotency keys in memory', () => {
  describeIdempotencyStoreContract(async () => {
    const clock = new ManualClock();
    return { clock, store: new MemoryIdempotencyStore(clock) };
  });
});

describe('idempotency keys in DynamoDB', () => {
  async function setup() {
    const usage = newUsage();
    const name = await ownTable();
    const table = new DynamodbTable(meteredDocuments(usage), name);
    const clock = new ManualClock();
    return { table, clock, usage, store: new DynamodbIdempotencyStore(table, clock) };
  }

  describeIdempotencyStoreContract(setup);

  test('cost one write unit, first and repeated, and are deleted by DynamoDB after a day', async () => {
    const { store, table, clock, usage } = await setup();
    const key = { owner: 'arn:aws:iam::123456789012:user/ann', key: crypto.randomUUID() };

    await store.reserve(key, 'one');
    const ofFirst = usage.writeUnits;
    await store.reserve(key, 'one');

    const item = await table.get({ pk: `K#${key.owner}#${key.key}`, sk: key.key });
    expect(ofFirst).toBe(1);
    expect(usage.writeUnits).toBeLessThanOrEqual(2);
    expect(item?.['expiresAt']).toBe(Math.ceil(clock.now() / 1000) + 86_400);
    // It would show up in the lists of the owner.
    expect(item).not.toHaveProperty('owner');
  });
});

describe('idempotency keys in PostgreSQL', () => {
  describeIdempotencyStoreContract(async () => {
    const clock = new ManualClock();
    return { clock, store: new PostgresIdempotencyStore(await openReusedDatabase(), clock) };
  });
});
