import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startLocalStack } from '../../functions/dev/local-stack.ts';
import { freePort } from '../../functions/dev/servers/ports.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { runCli } from '../support/cli.ts';

const START = fileURLToPath(new URL('../../functions/dev/start.ts', import.meta.url));

let started: ChildProcess | undefined;

afterEach(() => {
  started?.kill('SIGKILL');
  started = undefined;
});

/** `npm start` as npm runs it, once its `ready` line is out. */
async function startStack(port: number) {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-start-'));
  const child = spawn(process.execPath, [START], {
    cwd: directory,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const ready = vi.waitFor(() => expect(output).toMatch(/^ready /m), { timeout: 15_000 });
  return { pid: child.pid ?? 0, directory, exit, ready, read: () => output };
}

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const allGone = (pids: readonly number[]) =>
  vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });

describe('npm start', { timeout: 40_000 }, () => {
  test('runs a task that is sent to it, and ends within 5 s of Ctrl-C with nothing left', async () => {
    const port = await freePort();
    const stack = await startStack(port);
    await stack.ready;
    const url = `http://127.0.0.1:${port}`;
    const pids = await childrenOf(stack.pid);

    const body = JSON.stringify({ name: 'compute-statistics', parameters: { values: [1, 2, 9] } });
    const accepted = await fetch(`${url}/tasks`, { method: 'POST', body });
    const { id } = (await accepted.json()) as { id: string };
    const task = await vi.waitFor(
      async () => {
        const found = await (await fetch(`${url}/tasks/${id}`)).json();
        expect(found).toMatchObject({ status: 'completed' });
        return found;
      },
      { timeout: 5000 },
    );
    const stats = await vi.waitFor(
      async () => {
        const found = await (await fetch(`${url}/stats`)).json();
        expect(found).toMatchObject({ numberOfTasksCompleted: 1 });
        return found;
      },
      { timeout: 5000 },
    );
    const interruptedAt = Date.now();
    process.kill(stack.pid, 'SIGINT');
    const code = await stack.exit;

    expect(stack.read()).toContain(`ready ${url}\n`);
    expect(task).toMatchObject({ report: { children: [{ data: { mean: 4, median: 2 } }] } });
    expect(stats).toMatchObject({ byQueue: { standard: { completed: 1 } } });
    expect(stack.read()).toContain('"message":"task.finished"');
    expect(code).toBe(0);
    expect(Date.now() - interruptedAt).toBeLessThan(5000);
    // SQS, DynamoDB, API, worker, consumer of the table's stream, and the reaper.
    expect(pids).toHaveLength(6);
    await allGone(pids);
    expect(await freePort()).toBeGreaterThan(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('is found by the command line in its directory for as long as it runs', async () => {
    const { pid, directory, ready, exit } = await startStack(await freePort());
    await ready;
    const env = { ...process.env, AWS_PROFILE: 'a-profile-that-does-not-exist' };

    const found = await runCli(['queues', '--json'], { directory, env });
    process.kill(pid, 'SIGINT');
    await exit;
    const gone = await runCli(['queues'], { directory, env });

    expect(found).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(found.output)).toMatchObject({ queues: [{ depth: { waiting: 0 } }, {}, {}] });
    expect(gone.code).toBe(1);
    expect(gone.errors).toContain('There is no task queue to work on.');
  });

  test('leaves no process when it is killed', async () => {
    const stack = await startStack(await freePort());
    await stack.ready;
    const pids = await childrenOf(stack.pid);

    process.kill(stack.pid, 'SIGKILL');

    await allGone(pids);
  });

  test('stops everything, and says why, when one of its processes is killed', async () => {
    const stack = await startStack(await freePort());
    await stack.ready;
    const pids = await childrenOf(stack.pid);

    process.kill(pids.at(-1) ?? 0, 'SIGKILL');
    const code = await stack.exit;

    expect(code).toBe(1);
    expect(stack.read()).toContain('ended (SIGKILL): stopping everything.');
    await allGone(pids);
  });

  test('says in one sentence that its port is in use', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');

    const stack = await startStack(port);
    stack.ready.catch(() => undefined);
    const code = await stack.exit;
    other.close();

    expect(code).toBe(1);
    expect(stack.read()).toBe(
      `Port ${port} is in use: choose another one, e.g. PORT=${port + 1} npm start.\n`,
    );
  });
});

test('when the broker is down, POST /tasks answers 503 and nothing is recorded', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const stack = await startLocalStack({
    port: 0,
    workers: 0,
    withStats: false,
    env: { AWS_ENDPOINT_URL_SQS: nowhere },
  });
  try {
    const body = JSON.stringify({ name: 'compute-statistics', parameters: { values: [1] } });

    const response = await fetch(`${stack.apiUrl}/tasks`, { method: 'POST', body });

    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'BROKER_UNAVAILABLE', status: 503 });
    expect(await (await fetch(`${stack.apiUrl}/tasks`)).json()).toEqual({ tasks: [] });
  } finally {
    await stack.stop();
  }
});

test('a task of a sync queue has its report when POST /tasks returns, even with an AWS profile set', async () => {
  const configPath = join(await mkdtemp(join(tmpdir(), 'task-queue-sync-')), 'config.json');
  const queues = [{ name: 'here', weight: 1, broker: { type: 'memory' } }];
  await writeFile(configPath, JSON.stringify({ queues }));
  vi.stubEnv('AWS_PROFILE', 'a-profile-that-does-not-exist');
  const stack = await startLocalStack({ port: 0, workers: 1, withStats: false, configPath });
  try {
    const body = JSON.stringify({ name: 'compute-statistics', parameters: { values: [1, 3] } });

    const accepted = await fetch(`${stack.apiUrl}/tasks`, { method: 'POST', body });
    const { id } = (await accepted.json()) as { id: string };

    expect(stack.workers).toEqual([]);
    expect(await (await fetch(`${stack.apiUrl}/tasks/${id}`)).json()).toMatchObject({
      status: 'completed',
      report: { children: [{ data: { mean: 2 } }] },
    });
  } finally {
    vi.unstubAllEnvs();
    await stack.stop();
  }
});

test('a program that cannot be started is one sentence', async () => {
  const processes = new ProcessGroup();

  const start = processes.start({
    name: 'the DynamoDB server',
    command: '/dev/null',
    args: [],
    ready: /never/,
  });

  await expect(start).rejects.toThrow('the DynamoDB server could not be started: spawn');
  await processes.stopAll();
});
