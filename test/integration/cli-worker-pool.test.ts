import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { pause } from '../../shared/clock.ts';
import { aCli } from '../support/cli.ts';
import { startGate } from '../support/gate.ts';

// The real command, its real processes, and a webhook that answers when the test lets it.

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));
/** The tests' own machine may be busy. */
const UNLIMITED = ['--limitOfCpu=100', '--limitOfMemory=100'];

const eventually = <Result>(check: () => Result): Promise<Result> =>
  vi.waitFor(check, { timeout: 15_000, interval: 50 });

const processes = new ProcessGroup();
let gate: Awaited<ReturnType<typeof startGate>>;
beforeEach(async () => {
  gate = await startGate();
});
afterEach(() => gate.close());
afterAll(() => processes.stopAll());

/** A pool that has begun to deliver a webhook, in that task's process. */
async function aBusyPool() {
  const cli = await aCli({ worker: { pollWaitSeconds: 1, visibilityTimeoutSeconds: 5 } });
  const lines: string[] = [];
  const pool = await processes.start({
    name: 'a pool',
    command: process.execPath,
    args: [CLI, 'worker', 'pool', ...UNLIMITED],
    env: { ...cli.env, WEBHOOK_URL: gate.url },
    ready: /"worker ready"/,
    onLine: (line) => lines.push(line),
  });
  const request = { name: 'deliver-webhook', parameters: { event: 'test' } };
  const [task] = await cli.wiring.dispatcher.enqueueMany([request]);
  if (!task || task instanceof Error) throw new Error('not enqueued');
  await eventually(() => expect(gate.waiting).toHaveLength(1));
  const children = childrenOf(pool.pid).filter((child) => child.command.includes('task-process'));
  const statusOf = async () => (await cli.wiring.log.getSummary(task.id))?.status;
  return { cli, pool, lines, statusOf, pid: children[0]?.pid ?? 0, count: children.length };
}

function childrenOf(parent: number): { pid: number; command: string }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return lines.split('\n').flatMap((line) => {
    const [, pid, ppid, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(ppid) === parent ? [{ pid: Number(pid), command }] : [];
  });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('task-queue worker pool runs tasks in processes of their own, for a limit of polls, and exits with 0', async () => {
  const { wiring, run } = await aCli({ worker: { pollWaitSeconds: 1 } });
  const request = { name: 'compute-statistics', parameters: { values: [1, 2, 6] } };
  const ids = (await wiring.dispatcher.enqueueMany([request, request])).map((task) =>
    task instanceof Error ? '' : task.id,
  );

  const limited = ['--queue', 'main', '--limit', '1'];
  const { code, output } = await run(['worker', 'pool', ...limited, ...UNLIMITED]);

  expect(code).toBe(0);
  expect(output).toContain('"worker stopped"');
  for (const id of ids) {
    const record = await wiring.log.get(id);
    expect(record?.status).toBe('completed');
    expect(record?.report?.children[0]?.data).toMatchObject({ mean: 3 });
  }
});

test.each([
  ['--interval', '0', 'It must be a whole number, 1 to 3600.'],
  ['--limitOfCpu', '101', 'It must be a whole number, 1 to 100.'],
  ['--limitOfMemory', 'half', 'It must be a whole number, 1 to 100.'],
])('a pool refuses %s %s with what is accepted', async (option, value, accepted) => {
  const { run } = await aCli();

  const { code, errors } = await run(['worker', 'pool', option, value]);

  expect(code).toBe(2);
  expect(errors).toContain(`argument '${value}' is invalid. ${accepted}`);
});

test('a pool begins nothing while the machine is over a limit', async () => {
  const cli = await aCli({ worker: { pollWaitSeconds: 1 } });
  const lines: string[] = [];
  const pool = await processes.start({
    name: 'a pool',
    command: process.execPath,
    // There is no machine that uses less.
    args: [CLI, 'worker', 'pool', '--limit-of-memory', '1'],
    env: cli.env,
    ready: /"worker ready"/,
    onLine: (line) => lines.push(line),
  });
  const request = { name: 'compute-statistics', parameters: { values: [1, 2, 6] } };
  await cli.wiring.dispatcher.enqueueMany([request]);
  const queue = cli.wiring.brokers.get('main');

  await eventually(() => expect(lines.join()).toContain('machine over its limits'));
  // Long enough for a poll that would bring it, and for another look.
  await pause(1500);

  const { tasks } = await cli.wiring.log.list({ limit: 1 });
  expect(tasks).toMatchObject([{ status: 'enqueued' }]);
  expect(await queue?.depth()).toMatchObject({ waiting: 1, inFlight: 0 });
  process.kill(pool.pid, 'SIGTERM');
  expect(await pool.exited).toEqual({ code: 0, signal: null });
});

test('one signal lets a pool finish the running task; a second one requeues it; no process is left', async () => {
  const first = await aBusyPool();
  process.kill(first.pool.pid, 'SIGTERM');
  await eventually(() => expect(first.lines.join()).toContain('worker draining'));
  gate.open();

  expect(await first.pool.exited).toEqual({ code: 0, signal: null });
  expect(await first.statusOf()).toBe('completed');
  expect(first.count).toBe(1);
  expect(isAlive(first.pid)).toBe(false);

  gate.close();
  gate = await startGate();
  const second = await aBusyPool();
  process.kill(second.pool.pid, 'SIGINT');
  await eventually(() => expect(second.lines.join()).toContain('worker draining'));
  process.kill(second.pool.pid, 'SIGINT');

  expect(await second.pool.exited).toEqual({ code: 0, signal: null });
  expect(await second.statusOf()).toBe('enqueued');
  expect(isAlive(second.pid)).toBe(false);
}, 40_000);

test.each([
  ['', 'SIGCONT'],
  [', also one that cannot listen', 'SIGSTOP'],
] as const)(
  'a pool that is killed leaves no process behind%s',
  async (_which, signal) => {
    const { pool, pid } = await aBusyPool();
    process.kill(pid, signal);

    process.kill(pool.pid, 'SIGKILL');
    await pool.exited;

    expect(pid).toBeGreaterThan(0);
    await eventually(() => expect(isAlive(pid)).toBe(false));
  },
  30_000,
);
