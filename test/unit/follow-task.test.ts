import { expect, test } from 'vitest';
import { followTask } from '../../functions/cli/kit/wait-for-tasks.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { claimed, done } from '../support/task-log-harness.ts';

/** Follows a task to which these things happen, one before each look. */
async function follow(events: ((log: MemoryTaskLog, id: string) => Promise<unknown>)[]) {
  const log = new MemoryTaskLog();
  const task = aTask();
  await log.recordEnqueued(task, 'main');
  const summary = await log.getSummary(task.id);
  if (!summary) throw new Error('it has no record');
  const stop = new AbortController();
  const wait = async (): Promise<void> => {
    const event = events.shift();
    if (event) await event(log, task.id);
    else stop.abort();
  };
  const seen: string[] = [];
  for await (const { status, progress } of followTask(summary, {
    log,
    signal: stop.signal,
    wait,
  })) {
    seen.push(progress ? `${status} ${progress.percent}` : status);
  }
  return seen;
}

const nothing = async (): Promise<void> => undefined;

test('a task is shown as it is and after each change, until it has ended', async () => {
  let claim: Awaited<ReturnType<typeof claimed>>;

  const seen = await follow([
    nothing,
    async (log, id) => {
      claim = await claimed(log, aTask({ id }));
    },
    (log) => log.heartbeat(claim, 60, { percent: 40 }),
    (log) => log.heartbeat(claim, 60, { percent: 40 }),
    (log) => log.heartbeat(claim, 60, { percent: 80 }),
    (log) => log.finish(claim, done),
    () => Promise.reject(new Error('looked at after its end')),
  ]);

  expect(seen).toEqual([
    'enqueued',
    'running',
    'running 40',
    'running 80',
    expect.stringMatching(/^completed/),
  ]);
});

test('who stops following is shown no more', async () => {
  expect(await follow([nothing])).toEqual(['enqueued']);
});
