import { Client } from 'pg';
import { wire } from '../../functions/wiring/wiring.ts';

// An order and the task that ships it: both are stored, or neither.

const { dispatcher } = wire(process.env);
const client = new Client(process.env['DATABASE_URL']);
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY)');

await client.query('BEGIN');
try {
  await client.query("INSERT INTO orders VALUES ('order-42')");
  const [task] = await dispatcher.enqueueWithin(client, [
    { name: 'export-results', parameters: { deliveryId: 'order-42', rows: 3 } },
  ]);
  await client.query('COMMIT');
  process.stdout.write(`enqueued ${task?.id}\n`);
} catch (error) {
  await client.query('ROLLBACK');
  throw error;
} finally {
  await client.end();
}
process.exit(0); // the dispatcher's connections stay open for the next task
