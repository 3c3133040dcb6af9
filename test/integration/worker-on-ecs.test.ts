import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ScaleInProtection } from '../../functions/worker/scale-in-protection.ts';
import { aConfig, ownResources } from '../support/aws.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

/** The endpoint of the ECS agent, as a real HTTP server that notes what it is asked. */
async function startAgent() {
  const requests: { method: string; path: string; body: unknown }[] = [];
  const agent = { requests, uri: '', status: 200, close: () => {} };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    requests.push({
      method: request.method ?? '',
      path: request.url ?? '',
      body: JSON.parse(text),
    });
    response.writeHead(agent.status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  agent.uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/id`;
  agent.close = () => void server.close();
  return agent;
}

let agent: Awaited<ReturnType<typeof startAgent>>;
beforeEach(async () => {
  agent = await startAgent();
});
afterEach(() => agent.close());

const ON = { ProtectionEnabled: true, ExpiresInMinutes: 15 };
const OFF = { ProtectionEnabled: false };

describe('scale-in protection', () => {
  test('is on while tasks run and off when none does, with one request per change', async () => {
    const protection = new ScaleInProtection(agent.uri, quietLogger());

    for (const isBusy of [false, true, true, true, false, false]) await protection.update(isBusy);

    expect(agent.requests).toEqual([
      { method: 'PUT', path: '/api/id/task-protection/v1/state', body: ON },
      { method: 'PUT', path: '/api/id/task-protection/v1/state', body: OFF },
    ]);
  });

  test('is asked for again when the agent refused it, and the refusal is logged', async () => {
    const logger = quietLogger();
    const protection = new ScaleInProtection(agent.uri, logger);
    agent.status = 500;

    await protection.update(true);
    agent.status = 200;
    await protection.update(true);

    expect(agent.requests.map(({ body }) => body)).toEqual([ON, ON]);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });

  test('is asked for again only a minute after it ran out, so that ECS can deploy', async () => {
    const protection = new ScaleInProtection(agent.uri, quietLogger());
    await protection.update(true);

    const askedAt = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(askedAt + 15.5 * 60_000);
    await protection.update(true);
    const whileItIsOut = agent.requests.length;
    clock.mockReturnValue(askedAt + 16.5 * 60_000);
    await protection.update(true);
    vi.restoreAllMocks();

    expect(whileItIsOut).toBe(1);
    expect(agent.requests.map(({ body }) => body)).toEqual([ON, ON]);
  });

  test('does nothing where there is no ECS', async () => {
    await new ScaleInProtection(undefined, quietLogger()).update(true);

    expect(agent.requests).toEqual([]);
  });
});

test('a worker process beats into its file, and gives up protection as it ends', async () => {
  const config = aConfig({ worker: { pollWaitSeconds: 1 } });
  const env = await processEnvironment(config, await ownResources(config));
  const file = join(await mkdtemp(join(tmpdir(), 'task-queue-beat-')), 'heartbeat');
  const workers = workerProcesses();
  const worker = await workers.start({ ...env, HEARTBEAT_FILE: file, ECS_AGENT_URI: agent.uri });

  const first = await readFile(file, 'utf8');
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).not.toBe(first), {
    timeout: 6000,
  });
  process.kill(worker.pid, 'SIGTERM');

  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(Date.now() - (await stat(file)).mtimeMs).toBeLessThan(60_000);
  await workers.stopAll();
});
