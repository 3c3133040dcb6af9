import { Client } from 'pg';

/** A connection as `pg` makes it. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

/** The one number that a statement answers with. */
export async function numberFrom(client: Client, text: string): Promise<number> {
  const { rows } = await client.query<[unknown]>({ text, rowMode: 'array' });
  return Number(rows[0]?.[0] ?? Number.NaN);
}
