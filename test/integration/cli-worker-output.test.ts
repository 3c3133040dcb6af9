import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { aCli } from '../support/cli.ts';
import { startGate } from '../support/gate.ts';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

test('a worker whose output nobody reads any more finishes the task in hand before it ends', async () => {
  const gate = await startGate();
  const { env, wiring } = await aCli({ worker: { pollWaitSeconds: 1, concurrency: 1 } });
  const request = { name: 'deliver-webhook', parameters: { event: 'test' } };
  await wiring.dispatcher.enqueueMany([request, request]);
  const worker = spawn(process.execPath, [CLI, 'worker'], {
    env: { ...env, WEBHOOK_URL: gate.url },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(worker, 'exit');
  await vi.waitFor(() => expect(gate.waiting).toHaveLength(1), { timeout: 15_000 });

  worker.stdout.destroy();
  // The worker writes that it is paused, and finds its output closed.
  worker.kill('SIGUSR2');
  await Promise.race([exited, pause(1000)]);
  gate.open();

  expect(await exited).toEqual([0, null]);
  gate.close();
  const { tasks } = await wiring.log.list({ limit: 10 });
  expect(tasks.map(({ status }) => status).toSorted()).toEqual(['completed', 'enqueued']);
}, 30_000);
