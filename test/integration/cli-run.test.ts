import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { aCli } from '../support/cli.ts';

type Ran = { readonly id: string; readonly status: string };

/** A webhook that answers its calls with these statuses, one after the other, then always the last one. */
async function aWebhook(...statuses: readonly number[]) {
  let calls = 0;
  const called = Promise.withResolvers<void>();
  const answer = (response: ServerResponse): void => {
    const status = statuses[Math.min(calls, statuses.length - 1)];
    calls += 1;
    called.resolve();
    if (status !== undefined) response.writeHead(status, { 'retry-after': '1' }).end();
  };
  const server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const env = { WEBHOOK_URL: `http://127.0.0.1:${port}/` };
  return { env, called: called.promise, countCalls: () => calls };
}

const WEBHOOK = ['run', 'deliver-webhook', '-p', 'event=results.exported'];

test('run runs a task here and now, shows its report and leaves a record, but no message', async () => {
  const cli = await aCli();

  const { code, output, errors } = await cli.run([
    ...['run', 'compute-statistics', '{"values":[1,2,3]}', '--label', 'By hand', '--owner', 'ann'],
  ]);

  expect(code).toBe(0);
  expect(output).toContain('Statistics of 3 values');
  const { tasks } = await cli.wiring.log.list({ limit: 10 });
  expect(tasks).toMatchObject([
    { status: 'completed', label: 'By hand', owner: 'ann', queue: 'main', attempt: 1 },
  ]);
  expect(errors).toContain(`${tasks[0]?.id}  completed`);
  expect(await cli.wiring.brokers.get('main')?.depth()).toMatchObject({ waiting: 0, delayed: 0 });
});

test('a task of a sync queue runs like any other', async () => {
  const cli = await aCli({
    queues: [{ name: 'now', weight: 1, broker: { type: 'memory' } }],
  });

  const { id } = await cli.json<Ran>('run', 'compute-statistics', '-p', 'values=1');

  expect(await cli.wiring.log.get(id)).toMatchObject({ status: 'completed', queue: 'now' });
});

test('a run that fails has one attempt, exits with 1 and leaves no dead letter', async () => {
  const cli = await aCli();
  const { env, countCalls } = await aWebhook(500);

  const { code, output } = await cli.run([...WEBHOOK, '--json'], { env, isProcess: true });

  expect(code).toBe(1);
  const { id, status } = JSON.parse(output) as Ran;
  expect(status).toBe('failed');
  expect(countCalls()).toBe(1);
  expect(await cli.wiring.log.getSummary(id)).toMatchObject({ status: 'failed', attempt: 1 });
  expect(await cli.wiring.brokers.get('main')?.depth()).toMatchObject({ waiting: 0, delayed: 0 });
});

test('a run that wants to go on later is waited for', async () => {
  const cli = await aCli();
  const { env, countCalls } = await aWebhook(429, 200);

  const { code } = await cli.run(WEBHOOK, { env, isProcess: true });

  expect(code).toBe(0);
  expect(countCalls()).toBe(2);
  expect(await cli.wiring.log.countByStatus()).toEqual({ completed: 1 });
});

test('Ctrl-C aborts the signal of the task and ends it as cancelled', async () => {
  const cli = await aCli();
  const { env, called } = await aWebhook();
  let pid = 0;

  const running = cli.run(WEBHOOK, {
    env,
    onStart: (started) => {
      pid = started;
    },
  });
  await called;
  process.kill(pid, 'SIGINT');
  const { code, errors } = await running;

  expect(code).toBe(130);
  expect(errors).toContain('cancelled');
  expect(await cli.wiring.log.countByStatus()).toEqual({ cancelled: 1 });
});

test('run refuses what enqueue refuses, with nothing recorded', async () => {
  const cli = await aCli();

  const bad = await cli.run(['run', 'export-results', '-p', 'rows=0']);
  const unknown = await cli.run(['run', 'exprot-results']);

  expect(bad).toMatchObject({ code: 1 });
  expect(bad.errors).toContain('parameters.deliveryId');
  expect(bad.errors).toContain('parameters.rows');
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.errors).toContain('Did you mean "export-results"?');
  expect((await cli.wiring.log.list({ limit: 10 })).tasks).toEqual([]);
});
