import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../../functions/dev/servers/postgres-server.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { prepareDatabase } from '../../functions/wiring/postgres.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { tlsAuthority } from '../support/tls-authority.ts';

// A server as Aurora is: its certificate is signed by an authority that Node.js does not know, and its
// user has another password for each connection. A process learns of the authority when it starts.

const USER = 'task_queue_tls_test';
const processes = new ProcessGroup();
let folder: string;
let ca: string;
let ownerUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'task-queue-tls-'));
  const authority = await tlsAuthority(folder);
  ca = authority.ca;
  const server = await startPostgres(processes);
  ownerUrl = server.url;
  await prepareDatabase(ownerUrl, USER);
  await enableTls(authority);
}, 60_000);
afterAll(async () => {
  await processes.stopAll();
  await rm(folder, { recursive: true });
});

async function asOwner(...statements: string[]): Promise<Record<string, string>[]> {
  const owner = await new PostgresDatabase({ url: ownerUrl }).connect();
  try {
    let rows: Record<string, string>[] = [];
    for (const statement of statements) ({ rows } = await owner.query(statement));
    return rows;
  } finally {
    await owner.end();
  }
}

async function enableTls({ certificate, key }: { certificate: string; key: string }) {
  const [row] = await asOwner('SHOW data_directory');
  const data = row?.['data_directory'] ?? '';
  const { uid, gid } = await stat(data);
  for (const [from, name] of [
    [certificate, 'server.crt'],
    [key, 'server.key'],
  ] as const) {
    const to = join(data, name);
    await copyFile(from, to);
    await chmod(to, 0o600);
    await chown(to, uid, gid);
  }
  // As for tokens: the password travels as it is, which is why it must be over TLS.
  const rules = join(data, 'pg_hba.conf');
  const others = await readFile(rules, 'utf8');
  await writeFile(rules, `hostssl all ${USER} all password\n${others}`);
  await asOwner('ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()', 'SELECT pg_sleep(0.5)');
}

/** Returns the output of a process that connects three times while the password changes. */
async function connectThrice(host: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const url = Object.assign(new URL(ownerUrl), { hostname: host, username: USER, password: '' });
  const script = `
    import { PostgresDatabase } from ${JSON.stringify(join(import.meta.dirname, '../../shared/postgres/database.ts'))};
    const owner = await new PostgresDatabase({ url: process.env.OWNER_URL }).connect();
    let current = 0;
    const renew = () => owner.query("ALTER ROLE ${USER} PASSWORD 'token " + ++current + "'");
    const asked = [];
    const password = async () => {
      asked.push(current);
      return 'token ' + current;
    };
    const database = new PostgresDatabase({ url: process.env.URL }, { password, giveUpAfterMs: 0 });
    const SSL = 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    try {
      await renew();
      const first = await database.connect();
      await renew();
      const second = await database.connect();
      await renew();
      const pooled = await database.query({ text: SSL });
      const rows = [...(await first.query(SSL)).rows, ...(await second.query(SSL)).rows, ...pooled];
      console.log(JSON.stringify({ asked, rows }));
      await Promise.all([first.end(), second.end(), database.end()]);
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }
    await owner.end();`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { PATH: process.env['PATH'], URL: url.href, OWNER_URL: ownerUrl, ...env } },
  );
  return JSON.parse(stdout);
}

test('each connection is made over TLS with a password of its own', async () => {
  const tls = { ssl: true, version: 'TLSv1.3' };

  expect(await connectThrice('localhost', { NODE_EXTRA_CA_CERTS: ca })).toEqual({
    asked: [1, 2, 3],
    rows: [tls, tls, tls],
  });
});

test('a server whose authority is unknown receives nothing', async () => {
  expect(await connectThrice('localhost', {})).toMatchObject({
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
});

test('a server with the certificate of another host receives nothing', async () => {
  expect(await connectThrice('127.0.0.1', { NODE_EXTRA_CA_CERTS: ca })).toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test('a server without TLS receives nothing', async () => {
  await asOwner('ALTER SYSTEM SET ssl = off', 'SELECT pg_reload_conf()', 'SELECT pg_sleep(0.5)');

  expect(await connectThrice('localhost', { NODE_EXTRA_CA_CERTS: ca })).toMatchObject({
    message: 'The server does not support SSL connections',
  });
});
