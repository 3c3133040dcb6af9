import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aCli } from '../support/cli.ts';
import { workerProcesses } from '../support/worker-process.ts';

/** Accepts connections, and says nothing. */
async function silentServer() {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

let silent: Awaited<ReturnType<typeof silentServer>>;
beforeAll(async () => {
  silent = await silentServer();
});
afterAll(() => silent.close());

describe.concurrent('a server that does not answer is named', { timeout: 60_000 }, () => {
  test.each([
    ['SQS', ['queues']],
    ['SQS', ['enqueue', 'compute-statistics', '-p', 'values=1']],
    ['SQS', ['init']],
    ['DYNAMODB', ['tasks', 'list']],
    ['DYNAMODB', ['check']],
    ['S3', ['init']],
  ])('%s, by %j', async (service, args) => {
    const cli = await aCli();

    const { code, output, errors } = await cli.run(args, {
      env: { [`AWS_ENDPOINT_URL_${service}`]: silent.url },
    });

    expect(code).toBe(1);
    expect(output + errors).toContain(`${silent.url} did not answer in time`);
  });
});

test('a worker names it within 5 s of its start, and goes on', { timeout: 60_000 }, async () => {
  const { env } = await aCli();
  const workers = workerProcesses();
  const worker = await workers.start({ ...env, AWS_ENDPOINT_URL_SQS: silent.url });

  const startedAt = Date.now();
  await vi.waitFor(
    () => expect(worker.lines.join()).toMatch(/not answered yet.+queue \\"main\\"/),
    9000,
  );
  const seconds = (Date.now() - startedAt) / 1000;
  await vi.waitFor(
    () => expect(worker.lines.join()).toContain(`${silent.url} did not answer in time`),
    15_000,
  );
  await workers.stopAll();

  expect(seconds).toBeLessThan(7);
});
