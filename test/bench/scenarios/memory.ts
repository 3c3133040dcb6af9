import { pause } from '../../../shared/clock.ts';
import type { PlannedTask, Producer } from '../producer.ts';
import { perform } from '../trial.ts';
import type { Measures, RunSettings, Scenario } from './scenario.ts';

const TASKS = 200_000;
/** Tasks in the queue at most, so that it is not the emulator that grows. */
const AHEAD = 10_000;
const CHUNK = 1000;
const MOST_GROWTH_PERCENT = 10;
const MIB = 1024 * 1024;

async function memory({ stack, roundTripMs, repetition, isQuick }: RunSettings): Promise<Measures> {
  const tasks = isQuick ? 4000 : TASKS;
  let started = 0;
  const { heapBytes, seconds } = await perform(stack, {
    system: 'ours',
    roundTripMs,
    repetition,
    concurrency: 100,
    weights: { main: 1 },
    backlog: noOps(CHUNK),
    laterTasks: tasks - CHUNK,
    until: { kind: 'acked', count: tasks },
    heapEvery: tasks / 10,
    giveUpSeconds: 600,
    onProgress: (count) => {
      started = count;
    },
    feed: (producer) => feedAhead(producer, tasks - CHUNK, () => started),
  });
  const [first = Number.NaN] = heapBytes;
  const last = heapBytes.at(-1) ?? Number.NaN;
  const growthPercent = (last / first - 1) * 100;
  return {
    tasks,
    growthPercent,
    heapFirstMib: first / MIB,
    heapLastMib: last / MIB,
    heapMaxMib: Math.max(...heapBytes) / MIB,
    tasksPerSecond: tasks / seconds,
  };
}

const noOps = (length: number): PlannedTask[] =>
  Array.from({ length }, () => ({ queue: 'main', milliseconds: 0 }));

/** Sends so many tasks, never far ahead of the worker. */
async function feedAhead(producer: Producer, tasks: number, started: () => number): Promise<void> {
  for (let sent = 0; sent < tasks; sent += CHUNK) {
    while (sent + CHUNK - started() >= AHEAD) await pause(5);
    await producer.fill(noOps(Math.min(CHUNK, tasks - sent)));
  }
}

/** Many tasks through one worker: does it keep anything of them? */
export const memoryScenario: Scenario = {
  name: 'memory',
  title: '200,000 no-ops through one worker, 100 at once',
  entries: [{ label: 'ours', system: 'ours', run: memory }],
  columns: [
    { header: 'growth %', measure: 'growthPercent', digits: 1 },
    { header: 'first MiB', measure: 'heapFirstMib', digits: 1 },
    { header: 'last MiB', measure: 'heapLastMib', digits: 1 },
    { header: 'largest MiB', measure: 'heapMaxMib', digits: 1 },
    { header: 'tasks/s', measure: 'tasksPerSecond', digits: 0 },
  ],
  // A small run is all start-up: its heap says nothing.
  problemIn: ({ growthPercent = Number.NaN, tasks = 0 }) =>
    tasks < TASKS || growthPercent < MOST_GROWTH_PERCENT
      ? undefined
      : `the heap grew by ${growthPercent.toFixed(1)} %`,
  runs: { 0: 1, 10: 0 },
  secondsPerRun: { 0: 45, 10: 0 },
};
