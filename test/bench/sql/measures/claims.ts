import type { Client } from 'pg';
import { PostgresBroker } from '../../../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../../../shared/postgres/database.ts';
import { migrate } from '../../../../shared/postgres/schema.ts';
import { percentilesOf } from '../../statistics.ts';
import { connect, numberFrom } from '../contenders/connect.ts';
import { messageOf, QUEUE } from '../contenders/ours.ts';
import type { Job, Values } from '../job.ts';

const CLAIM = 100;
const ROUNDS = 2000;
/** To get rid of a million in reasonable time. */
const FINISH = 1000;
const FINISHERS = 4;
const NOW = { waitSeconds: 0, leaseSeconds: 300 };

/**
 * Measures a claim of a hundred while a number of messages wait, after a number of others were
 * claimed and acknowledged. Claimed messages are acknowledged and sent again, so the number of
 * waiting messages stays the same.
 */
export async function claims(job: Extract<Job, { measure: 'claims' }>): Promise<Values> {
  const database = new PostgresDatabase({ url: job.url });
  await migrate(database);
  const observer = await connect(job.url);
  await observer.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const brokers = Array.from({ length: FINISHERS }, () => new PostgresBroker(QUEUE, database));
  await fill(observer, job.finished);
  await Promise.all(brokers.map(finishAll));
  await fill(observer, job.waiting);
  const broker = new PostgresBroker(QUEUE, database);
  const claimMs: number[] = [];
  await observer.query('SELECT pg_stat_statements_reset()');
  const startedAt = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    const deliveries = await broker.receive({ max: CLAIM, ...NOW });
    claimMs.push(performance.now() - before);
    if (deliveries.length < CLAIM) throw new Error(`only ${deliveries.length} were claimed`);
    await broker.ack(deliveries);
    await broker.publish(deliveries);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { p50: claimP50Ms, p99: claimP99Ms, max: claimMaxMs } = percentilesOf(claimMs);
  const pagesPerClaim = await numberFrom(observer, PAGES);
  const size = await sizeOf(observer);
  await database.end();
  await observer.end();
  const claimSeconds = claimMs.reduce((sum, milliseconds) => sum + milliseconds, 0) / 1000;
  return {
    messagesPerSecond: (ROUNDS * CLAIM) / seconds,
    claimedPerSecond: (ROUNDS * CLAIM) / claimSeconds,
    ...{ claimP50Ms, claimP99Ms, claimMaxMs, pagesPerClaim },
    ...size,
  };
}

async function fill(client: Client, count: number): Promise<void> {
  await client.query(
    `INSERT INTO task_queue.messages (queue, body, visible_at)
     SELECT $1, $2, clock_timestamp() FROM generate_series(1, $3)`,
    [QUEUE, messageOf(0).body, count],
  );
}

async function finishAll(broker: PostgresBroker): Promise<void> {
  for (;;) {
    const deliveries = await broker.receive({ max: FINISH, ...NOW });
    if (deliveries.length === 0) return;
    await broker.ack(deliveries);
  }
}

/** Pages that a claim touches, wherever they are: its cost, whatever the machine does meanwhile. */
const PAGES = `
  SELECT (shared_blks_hit + shared_blks_read) / calls FROM pg_stat_statements
  WHERE toplevel AND query LIKE '%task_queue.claim(%'
    AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const SIZE = `
  SELECT n_dead_tup::float8 AS "deadRows", autovacuum_count::float8 AS autovacuums,
    pg_table_size(relid) / 1048576.0 AS "tableMib", pg_indexes_size(relid) / 1048576.0 AS "indexMib"
  FROM pg_stat_user_tables WHERE relname = 'messages'`;

async function sizeOf(client: Client): Promise<Values> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query<Record<string, unknown>>(SIZE);
  return Object.fromEntries(
    Object.entries(rows[0] ?? {}).map(([key, value]) => [key, Number(value)]),
  );
}
