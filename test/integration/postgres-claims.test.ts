import { expect, test } from 'vitest';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { RECEIVE } from '../../shared/postgres/broker/receive.ts';
import type { PostgresDatabase } from '../../shared/postgres/database.ts';
import { openDatabase } from '../support/postgres.ts';

const NOW = { max: 10, waitSeconds: 0, leaseSeconds: 60 };

type Explained = {
  'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }];
};

/** Pages that a claim of ten messages touches: its cost, whatever the machine does meanwhile. */
async function pagesOfClaim(database: PostgresDatabase, visibleSince: number): Promise<number> {
  const [explained] = await database.query<Explained>({
    text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${RECEIVE.text}`,
    values: ['main', 10, 60, visibleSince],
  });
  const plan = explained?.['QUERY PLAN'][0].Plan;
  return Number(plan?.['Shared Hit Blocks']) + Number(plan?.['Shared Read Blocks']);
}

const send = (database: PostgresDatabase, count: number) =>
  database.query({
    text: `INSERT INTO task_queue.messages (queue, body, visible_at)
      SELECT 'main', repeat('x', 200), clock_timestamp() FROM generate_series(1, $1)`,
    values: [count],
  });

/** As after autovacuum has seen an empty table, and until it comes again. */
async function withStatisticsOfAnEmptyTable(): Promise<PostgresDatabase> {
  const database = await openDatabase();
  const connection = await database.connect();
  await connection.query('ALTER TABLE task_queue.messages SET (autovacuum_enabled = false)');
  await connection.query('VACUUM ANALYZE task_queue.messages');
  await connection.end();
  return database;
}

test('a claim costs the same with 1,000 and with 100,000 waiting messages', async () => {
  const database = await withStatisticsOfAnEmptyTable();
  await send(database, 1000);
  await pagesOfClaim(database, Number.NEGATIVE_INFINITY);
  const few = await pagesOfClaim(database, Number.NEGATIVE_INFINITY);

  await send(database, 100_000);
  const many = await pagesOfClaim(database, Number.NEGATIVE_INFINITY);

  expect(many).toBeLessThan(few + 50);
});

test('a claim that goes on where the last one ended does not pass by what is finished', async () => {
  const database = await withStatisticsOfAnEmptyTable();
  await send(database, 50_000);
  // Sees all that is deleted from now on, so that nothing can clear it away.
  const observer = await database.connect();
  await observer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM task_queue.messages');
  await database.query({ text: 'DELETE FROM task_queue.messages' });
  await send(database, 100);
  const text =
    'SELECT extract(epoch FROM min(visible_at))::float8 AS oldest FROM task_queue.messages';
  const [{ oldest } = { oldest: 0 }] = await database.query<{ oldest: number }>({ text });

  await pagesOfClaim(database, oldest); // has the connection read its catalogue
  const fromThere = await pagesOfClaim(database, oldest);
  const fromTheOldest = await pagesOfClaim(database, Number.NEGATIVE_INFINITY);
  await observer.query('COMMIT');
  await observer.end();

  expect(fromThere).toBeLessThan(200);
  expect(fromTheOldest).toBeGreaterThan(1000);
});

test('a message that is committed after younger ones is not passed by', async () => {
  const database = await openDatabase();
  const broker = new PostgresBroker('main', database);
  const slow = await database.connect();
  await slow.query('BEGIN');
  await slow.query(
    `INSERT INTO task_queue.messages (queue, body, visible_at) VALUES ('main', 'late', now())`,
  );
  await broker.publish([{ body: 'younger' }]);
  const before = await broker.receive(NOW);

  await slow.query('COMMIT');
  await slow.end();
  const after = await broker.receive(NOW);

  expect(before.map(({ body }) => body)).toEqual(['younger']);
  expect(after.map(({ body }) => body)).toEqual(['late']);
});

test('a message that is committed late is found although younger ones still wait', async () => {
  const database = await openDatabase();
  const broker = new PostgresBroker('main', database);
  const slow = await database.connect();
  await slow.query('BEGIN');
  await slow.query(
    `INSERT INTO task_queue.messages (queue, body, visible_at) VALUES ('main', 'late', now())`,
  );
  await broker.publish(Array.from({ length: 30 }, (_, index) => ({ body: `m${index}` })));
  await broker.receive(NOW);

  await slow.query('COMMIT');
  await slow.end();
  const after = await broker.receive(NOW);

  expect(after.map(({ body }) => body)).toContain('late');
});

test('of ten claims at once, no two get the same message', async () => {
  const database = await openDatabase();
  const brokers = Array.from({ length: 10 }, () => new PostgresBroker('main', database));
  await brokers[0]?.publish(Array.from({ length: 100 }, (_, index) => ({ body: `m${index}` })));

  const claims = await Promise.all(brokers.map((broker) => broker.receive(NOW)));

  const ids = claims.flat().map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(10);
});
