import { expect, test, vi } from 'vitest';
import type { Broker, Delivery } from '../../shared/broker/broker.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDeadLetters } from '../../shared/postgres/broker/dead-letters.ts';
import { openReusedDatabase } from '../support/postgres.ts';

const LOOK = { max: 10, waitSeconds: 0, leaseSeconds: 30 };
const QUEUES = { messages: PostgresBroker, dead_letters: PostgresDeadLetters } as const;
const WRITES: Record<string, (broker: Broker, deliveries: Delivery[]) => Promise<unknown>> = {
  'a renewal': (broker, deliveries) => broker.changeLease(deliveries, 30),
  'an acknowledgement': (broker, deliveries) => broker.ack(deliveries),
};
const CASES = Object.keys(WRITES).flatMap((write) => [
  { write, table: 'messages' as const, key: 'id' },
  { write, table: 'dead_letters' as const, key: 'message_id' },
]);

test.each(CASES)(
  '$write of many in $table locks the first id first, in whatever order it was called',
  async ({ write, table, key }) => {
    const database = await openReusedDatabase();
    await database.query({
      text: `INSERT INTO task_queue.dead_letters (message_id, queue, body, reason, sent_at)
      SELECT n, 'main', 'x', 'Boom', now() FROM generate_series(1, 10) AS n`,
    });
    await new PostgresBroker('main', database).publish(
      Array.from({ length: 10 }, () => ({ body: 'x' })),
    );
    const broker = new QUEUES[table]('main', database);
    const byId = (await broker.receive(LOOK)).toSorted((one, other) =>
      one.messageId.localeCompare(other.messageId, 'en', { numeric: true }),
    );
    const rival = await database.connect();
    await rival.query(`BEGIN; SELECT FROM task_queue.${table} ORDER BY ${key} LIMIT 1 FOR UPDATE`);

    const writing = WRITES[write]?.(broker, byId.toReversed());
    await vi.waitFor(async () => {
      const text = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      expect(await database.query({ text })).toHaveLength(1);
    });

    // Had it locked others already, a statement that locks in the order of ids would now wait.
    const others = `SELECT FROM task_queue.${table} ORDER BY ${key} DESC LIMIT 9 FOR UPDATE NOWAIT`;
    await expect(rival.query(others)).resolves.toMatchObject({ rowCount: 9 });
    await rival.query('COMMIT');
    await writing;
    await rival.end();
  },
);
