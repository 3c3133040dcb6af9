import { type Client, Pool } from 'pg';
import { connect, numberFrom } from './connect.ts';
import type { OpenContender } from './contender.ts';
import { insertMany } from './insert-many.ts';
import { messageOf } from './ours.ts';

const CLAIM = 100;
const LOOPS = 2;
/** The shape of a queue, and nothing more: what is claimed is in the order of the key. */
const CREATE = `
  CREATE TABLE raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)`;

/**
 * The least that a loop on `pg` can do: lock a hundred, run them, delete them, commit. No leases, no
 * delays, no wake-up: what others hold is locked by their transactions.
 */
export const openRaw: OpenContender = async (url) => {
  const observer = await connect(url);
  await observer.query(CREATE);
  const pool = new Pool({ connectionString: url, max: 10 });
  let isOpen = true;
  const loops: Promise<void>[] = [];
  return {
    async enqueue(index) {
      await pool.query('INSERT INTO raw (body) VALUES ($1)', [messageOf(index).body]);
    },
    async enqueueMany(indexes) {
      await insertMany(pool, indexes, 'INSERT INTO raw (body) VALUES', (place) => `(${place})`);
    },
    async work(_concurrency, run) {
      for (let loop = 0; loop < LOOPS; loop++) {
        const client = await connect(url);
        loops.push(claimAll(client, run, () => isOpen).finally(() => client.end()));
      }
    },
    countOpen: () => numberFrom(observer, 'SELECT count(*) FROM raw'),
    async close() {
      isOpen = false;
      await Promise.all(loops);
      await pool.end();
      await observer.end();
    },
  };
};

async function claimAll(
  client: Client,
  run: (index: number) => void,
  isOpen: () => boolean,
): Promise<void> {
  while (isOpen()) {
    await client.query('BEGIN');
    const { rows } = await client.query<{ id: string; body: string }>({
      name: 'claim',
      text: `SELECT id, body FROM raw ORDER BY id LIMIT ${CLAIM} FOR UPDATE SKIP LOCKED`,
    });
    for (const { body } of rows) run(JSON.parse(body).parameters.index);
    const ids = rows.map(({ id }) => id);
    await client.query({
      name: 'delete',
      text: 'DELETE FROM raw WHERE id = ANY($1::bigint[])',
      values: [ids],
    });
    await client.query('COMMIT');
  }
}
