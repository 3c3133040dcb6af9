import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { RESOURCES_VARIABLE } from '../../shared/deployment/resources.ts';
import { aCli } from '../support/cli.ts';

/** Passes connections on to a server, and counts those that are open. */
async function aDoor(target: string) {
  const { hostname, port } = new URL(target);
  let [open, all] = [0, 0];
  const server = createServer((socket) => {
    open += 1;
    all += 1;
    const there = connect(Number(port), hostname);
    socket.on('close', () => {
      open -= 1;
      there.destroy();
    });
    for (const end of [socket, there]) end.on('error', () => undefined);
    socket.pipe(there).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const through = new URL(target);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: through.href.replace(/\/$/, ''), open: () => open, all: () => all };
}

const COMMANDS = [
  ['enqueue', 'compute-statistics', '-p', 'values=1', '--idempotency-key', 'once'],
  ['enqueue', 'compute-statistics', '-p', 'values=1', '--wait', '--timeout', '1'],
  ['run', 'compute-statistics', '-p', 'values=1'],
  ['queues'],
  ['pause'],
  ['tasks', 'list'],
  ['tasks', 'get', 'nonsense'],
  ['dlq', 'list'],
  ['stuck', 'summary'],
  ['stats', '--recount'],
  ['stats', 'repair'],
  ['check'],
  ['init'],
];

test('no command leaves a connection to SQS, DynamoDB or S3 behind', async () => {
  const { run } = await aCli();
  const { sqs, dynamodb, s3 } = inject('endpoints');
  const doors = [await aDoor(sqs), await aDoor(dynamodb), await aDoor(s3)] as const;
  const env = {
    AWS_ENDPOINT_URL_SQS: doors[0].url,
    AWS_ENDPOINT_URL_DYNAMODB: doors[1].url,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: doors[1].url,
    AWS_ENDPOINT_URL_S3: doors[2].url,
  };

  for (const command of COMMANDS) {
    await run(command, { env });

    // Servers end idle connections themselves, but later.
    await expect
      .poll(() => doors.map((door) => door.open()), { message: command.join(' ') })
      .toEqual([0, 0, 0]);
  }
  expect(doors.every((door) => door.all() > 0)).toBe(true);
});

test('no command leaves a connection to PostgreSQL behind', async () => {
  const onSql = { type: 'postgres', persistence: 'default' };
  const queues = [{ name: 'main', weight: 1, broker: onSql }];
  const { run, resources } = await aCli({ queues, taskLog: onSql });
  const door = await aDoor(resources.databases?.['default']?.url ?? '');
  const databases = { default: { url: door.url } };
  const env = { [RESOURCES_VARIABLE]: JSON.stringify({ ...resources, databases }) };

  for (const command of COMMANDS) {
    await run(command, { env });

    await expect.poll(() => door.open(), { message: command.join(' ') }).toBe(0);
  }
  expect(door.all()).toBeGreaterThan(COMMANDS.length / 2);
});
