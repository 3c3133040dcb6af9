import type { contracts } from '#tasks/contracts';
import type { EnqueuedView, Problem, TaskSummaryView } from '../../shared/api/views.ts';
import { chunksOf } from '../../shared/batches.ts';
import { createClient, type TaskQueueClient } from '../../shared/client/client.ts';
import { pause } from '../../shared/clock.ts';
import {
  type PlannedTask,
  saturatingLoad,
  showcaseTask,
  slowLoad,
  urgentTask,
  VIP_EXPORT,
} from './demo/load.ts';
import {
  type Findings,
  ProgressDisplay,
  pickupLatencies,
  printFindings,
  problemsIn,
  sharesUntil,
  totalUsage,
} from './demo/output.ts';

import { startWebhookServer } from './demo/webhook-server.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { optionsOf, runScript, unlessAsked, untilAskedToEnd } from './script.ts';

type Api = TaskQueueClient<typeof contracts>;

const WORKERS = 2;
const BATCH = 100;
const URGENT = { tasks: 30, everyMs: 80 };
const GIVE_UP_MS = 60_000;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Enqueues the tasks in batches of 100 over the API. Returns the expectations by task id. */
async function enqueue(
  api: Api,
  tasks: readonly PlannedTask[],
  display?: ProgressDisplay,
): Promise<Map<string, PlannedTask>> {
  const planned = new Map<string, PlannedTask>();
  for (const batch of chunksOf(tasks, BATCH)) {
    const items = await api.enqueueMany(batch.map(({ expected: _, ...task }) => task));
    for (const [index, task] of batch.entries()) planned.set(idOf(items[index]), task);
    display?.update([{ name: 'enqueued', done: planned.size, total: tasks.length }]);
  }
  display?.finish([{ name: 'enqueued', done: planned.size, total: tasks.length }]);
  return planned;
}

function idOf(item?: EnqueuedView | Problem): string {
  if (item && 'id' in item) return item.id;
  throw new Error(`A task was refused: ${item?.detail}`);
}

async function allTasks(api: Api): Promise<TaskSummaryView[]> {
  const tasks: TaskSummaryView[] = [];
  for await (const task of api.list({ limit: BATCH })) tasks.push(task);
  return tasks;
}

/** Shows the queues until they are empty. Returns the last time at which all had waiting tasks. */
async function burnDown(api: Api, display: ProgressDisplay): Promise<number> {
  const totals = new Map((await api.queues()).map(({ name, depth }) => [name, depth.waiting]));
  const deadline = Date.now() + GIVE_UP_MS;
  let allBackloggedUntil = Date.now();
  for (;;) {
    const askedAt = Date.now();
    const queues = await api.queues();
    if (queues.every(({ depth }) => depth.waiting > 0)) allBackloggedUntil = askedAt;
    const bars = queues.map(({ name, depth }) => {
      const total = totals.get(name) ?? 0;
      return { name, total, done: Math.max(total - depth.waiting - depth.inFlight, 0) };
    });
    const left = queues.reduce((sum, { depth }) => sum + depth.waiting + depth.inFlight, 0);
    if (left === 0 || askedAt > deadline) {
      display.finish(bars);
      return allBackloggedUntil;
    }
    display.update(bars);
    await pause(150);
  }
}

/** Enqueues urgent tasks one by one. */
async function trickle(api: Api, display: ProgressDisplay): Promise<Map<string, PlannedTask>> {
  const urgent = new Map<string, PlannedTask>();
  for (let index = 1; index <= URGENT.tasks; index++) {
    for (const [id, task] of await enqueue(api, [urgentTask(index)])) urgent.set(id, task);
    display.update([{ name: 'urgent', done: index, total: URGENT.tasks }]);
    await pause(URGENT.everyMs);
  }
  display.finish([{ name: 'urgent', done: URGENT.tasks, total: URGENT.tasks }]);
  return urgent;
}

/** Waits until that many tasks have ended, completed or failed. */
async function untilDone(api: Api, total: number): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  while (Date.now() < deadline) {
    const { byStatus } = await api.stats();
    if ((byStatus.completed ?? 0) + (byStatus.failed ?? 0) >= total) return;
    await pause(300);
  }
}

async function download(api: Api, id: string): Promise<Findings['download']> {
  const { url, name } = await api.file(id);
  return { id, name, text: await (await fetch(url)).text() };
}

function signalWorkers({ workers }: LocalStack, signal: NodeJS.Signals): void {
  for (const { pid } of workers) process.kill(pid, signal);
}

async function run(stack: LocalStack): Promise<Omit<Findings, 'usage'>> {
  const api = createClient<typeof contracts>({ url: stack.apiUrl });
  const display = new ProgressDisplay();
  const load = saturatingLoad();

  say(`\nThe workers pause (SIGUSR2) while ${load.length} tasks are enqueued over HTTP:`);
  signalWorkers(stack, 'SIGUSR2');
  const planned = await enqueue(api, load, display);

  say('\nThe workers resume (SIGCONT) and process all three queues by weight:');
  signalWorkers(stack, 'SIGCONT');
  const allBackloggedUntil = await burnDown(api, display);
  const firstRun = await allTasks(api);

  const slow = slowLoad();
  say(
    `\n${slow.length} slow background tasks occupy every slot while urgent tasks arrive one by one:`,
  );
  for (const [id, task] of await enqueue(api, slow)) planned.set(id, task);
  const urgent = await trickle(api, display);
  const [[showcaseId, showcase] = ['', showcaseTask()]] = await enqueue(api, [showcaseTask()]);
  await untilDone(api, planned.size + urgent.size + 1);

  const tasks = await allTasks(api);
  const [vipId = ''] = [...planned].find(([, { label }]) => label === VIP_EXPORT.label) ?? [];
  return {
    planned: new Map([...planned, ...urgent, [showcaseId, showcase]]),
    tasks,
    ...sharesUntil(allBackloggedUntil, firstRun, await api.queues()),
    urgentLatencies: pickupLatencies(tasks.filter(({ id }) => urgent.has(id))),
    stats: await api.stats(),
    showcase: await api.task(showcaseId),
    download: await download(api, vipId),
    slots: WORKERS * stack.config.worker.concurrency,
  };
}

const USAGE = `Shows the task queue at work on this machine, for about half a minute.

  npm run demo                          with the queues of task-queue.config.json
  npm run demo -- --config queues.json  with another configuration
  npm run demo -- --help                this text

It starts every server, the HTTP API and ${WORKERS} workers on free ports, enqueues a few thousand tasks,
processes them while you watch, then prints the measurements. The exit code is 1 unless every task
ended as expected.`;

async function main(): Promise<number> {
  const { config: configPath } = optionsOf(USAGE, { config: { type: 'string' } });
  const askedToEnd = untilAskedToEnd();
  await using servers = new AsyncDisposableStack();
  const lines: string[] = [];
  const webhook = await startWebhookServer();
  servers.defer(() => webhook.close());
  say('Starting all servers, the HTTP API and two workers on this machine …');
  const starting = startLocalStack({
    port: 0,
    workers: WORKERS,
    configPath,
    env: { WEBHOOK_URL: webhook.url, POWERTOOLS_LOG_LEVEL: 'INFO' },
    onLine: (_process, line) => lines.push(line),
  });
  const stack = await unlessAsked(askedToEnd, starting);
  servers.defer(() => stack.stop());
  const died = stack.unexpectedEnd.then((why) => Promise.reject(new Error(why)));
  const findings = await unlessAsked(askedToEnd, Promise.race([run(stack), died]));
  // Each process logs its usage as it stops.
  await stack.stop();
  const all = { ...findings, usage: totalUsage(lines) };
  printFindings(all);
  const problems = problemsIn(all);
  say(problems.length === 0 ? '\nEvery task ended as expected.' : `\n${problems.join('\n')}`);
  return problems.length === 0 ? 0 : 1;
}

runScript(main);
