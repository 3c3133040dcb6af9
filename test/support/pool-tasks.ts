import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { pause } from '../../shared/clock.ts';
import { serveTask } from '../../shared/pool/task-process.ts';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import { defineTask, type Handle, type TaskHandler } from '../../shared/task/task-definition.ts';
import { HOSTILE, HOSTILE_ERRORS } from './hostile-values.ts';

// The tasks of test/integration/worker-pool.test.ts, and the program of their processes.

const PARAMETERS = z.looseObject({});

const task = (name: string, run: Handle<typeof PARAMETERS>, more = {}): TaskHandler =>
  defineTask({ name, parameters: PARAMETERS, retry: { maxAttempts: 1 }, ...more }).handledBy(run);

export const poolTasks: readonly TaskHandler[] = [
  task('pid', async () => Report.success('done', { pid: process.pid })),
  task('exit', async () => process.exit(3)),
  task('fill-memory', async () => {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 1000 }, Math.random));
  }),
  task('leave-a-rejection', async () => {
    void Promise.reject(new Error('nobody waits for this'));
    await pause(60_000);
  }),
  task('wait', async ({ context }) => {
    context.logger.info('at work', { pid: process.pid });
    await pause(60_000, context.signal);
    context.logger.info('told to stop', { reason: context.signal.reason });
    context.signal.throwIfAborted();
  }),
  task(
    'spin',
    async ({ context }) => {
      context.logger.info('at work', { pid: process.pid });
      await context.progress(1);
      for (;;);
    },
    { timeoutSeconds: 1 },
  ),
  task('leave-a-process', async ({ context }) => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    context.logger.info('at work', { pid: child.pid });
    process.exit(3);
  }),
  task('use-context', async ({ parameters, context }) => {
    const { taskId, label, owner, attempt } = context;
    await context.progress(40, 'half way');
    const file = await context.storeFile({ name: 'a.txt', content: Buffer.from('of the task') });
    const child = await context.enqueueChild({ name: 'pid', parameters: {} });
    const children = await context.enqueueChildren([{ name: 'pid', parameters: { n: 1 } }]);
    context.logger.warn('look', { error: new TypeError('odd'), call: () => undefined });
    context.logger.warn('look again', { error: new TypeError('odd') });
    const facts = { taskId, label, attempt, ...(owner !== undefined && { owner }) };
    const bytes = file.bytes;
    return Report.success('all used', { colour: String(parameters['colour']), facts, bytes }, [
      Report.info([child, ...children].join()),
    ]);
  }),
  task('misuse-context', async ({ context }) => {
    await context.storeFile({ name: '../a.txt', content: new Uint8Array() });
  }),
  task('no-children', async ({ context }) => {
    try {
      await context.enqueueChild({ name: 'unheard-of', parameters: {} });
    } catch (error) {
      const { name, code, problems } = error as Error & { code: string; problems: unknown[] };
      return Report.info('refused', { name, code, problems: problems.length });
    }
    return undefined;
  }),
  task('use-its-channel', async ({ context }) => {
    for (const message of [null, 'ready', { kind: 'ready' }]) process.send?.(message);
    await context.progress(1);
    await pause(1500);
    return Report.success('to its end');
  }),
  task('not-now', async () => {
    throw new RetryLaterError(7, 'not now');
  }),
  task(
    'never',
    async () => {
      throw new PermanentTaskError('never', { cause: new TypeError('of its own') });
    },
    { retry: { maxAttempts: 5 } },
  ),
  task('throw-a-hostile-error', async ({ parameters }) => {
    throw HOSTILE_ERRORS[String(parameters['how'])]?.();
  }),
  task('log-hostile-values', async ({ context }) => {
    for (const make of Object.values(HOSTILE)) context.logger.error('x', { error: make() });
    return Report.success('done');
  }),
  task('send-nonsense', async () => {
    const log = { kind: 'log', level: 'info', message: 7, fields: null, errors: { error: 3 } };
    const threw = { kind: 'threw', error: { message: {}, cause: 7 } };
    const call = { kind: 'call', id: 'x', call: { method: 'constructor', args: 3 } };
    for (const message of [log, threw, call, { kind: 'returned', report: {} }, [], 'x', 3]) {
      process.send?.(message);
    }
    return Report.success('done');
  }),
  task('circular', async () => {
    const data: Record<string, unknown> = {};
    data['self'] = data;
    return Report.success('done', data as never);
  }),
];

// Imported by the test, it is no process of a task.
if (process.argv[1] === import.meta.filename) serveTask(poolTasks);
