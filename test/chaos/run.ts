import { parseArgs } from 'node:util';
import type { ManagedProcess } from '../../functions/dev/process-group.ts';
import { pause } from '../../shared/clock.ts';
import { ChaosStack } from './chaos-stack.ts';
import { linesOf, type Outcome, readOutcome } from './outcome.ts';

const USAGE = `Sends tasks through faults and kills, and counts what is lost.

  npm run chaos                                   2,000 tasks, at least 20 kills, about two minutes
  npm run chaos -- --tasks 20000 --kills 200      a long run
  npm run chaos -- --seed 7 --outage 5            another sequence of faults, a shorter outage

Fails when a task is lost, or its end is stored twice.`;

const WORKERS = 3;
/** Of requests that go wrong, and of steps at which a worker dies. */
const FAULT_RATE = 0.03;
const DEATH_RATE = 0.004;
const BATCH = 20;
/** Few, so that what a frozen worker holds is taken over by others before it goes on. */
const FIRST_TASKS = 200;
/** Finished before it is frozen: by then every slot is busy. */
const MIDDLE_TASKS = 40;
/** Longer than the visibility timeout: others take the tasks over meanwhile. */
const FREEZE_MS = 7000;
const GIVE_UP_MS = 600_000;

type Options = { tasks: number; kills: number; seed: number; outage: number };

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Enqueues until so many tasks are accepted. What is refused or unanswered is sent anew, as new. */
async function enqueue(stack: ChaosStack, tasks: number): Promise<string[]> {
  const accepted: string[] = [];
  while (accepted.length < tasks) {
    const size = Math.min(BATCH, tasks - accepted.length);
    const requests = Array.from({ length: size }, (_, index) => ({
      name: 'append-effect',
      parameters: { milliseconds: (index * 37) % 200 },
    }));
    const answers = await stack.dispatcher.enqueueMany(requests);
    for (const answer of answers) if (!(answer instanceof Error)) accepted.push(answer.id);
  }
  return accepted;
}

/** Keeps workers running, each until it dies. */
function keepWorkers(stack: ChaosStack, seed: number) {
  const alive = new Set<ManagedProcess>();
  let generation = 0;
  let isOver = false;
  const keepOne = async (): Promise<void> => {
    while (!isOver) {
      generation += 1;
      try {
        const worker = await stack.startWorker(seed * 10_000 + generation, DEATH_RATE);
        alive.add(worker);
        await worker.exited;
        alive.delete(worker);
      } catch {
        // It died before it was ready: the next one will do.
      }
    }
  };
  const keepers = Array.from({ length: WORKERS }, keepOne);
  const signal = (worker: ManagedProcess, name: NodeJS.Signals): void => {
    if (worker.isRunning()) process.kill(worker.pid, name);
  };
  return {
    /** Stops the time of one worker until its leases are over, and lets it go on as if nothing was. */
    async freezeOne(): Promise<void> {
      const [worker] = alive;
      if (!worker) return;
      signal(worker, 'SIGSTOP');
      await pause(FREEZE_MS);
      signal(worker, 'SIGCONT');
    },
    /** Kills them, and starts no more. */
    async end(): Promise<void> {
      isOver = true;
      for (const worker of alive) signal(worker, 'SIGKILL');
      await Promise.all(keepers);
    },
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  while (!(await isTrue()) && Date.now() < deadline) await pause(250);
}

async function run(stack: ChaosStack, { tasks, kills, seed, outage }: Options): Promise<Outcome> {
  for (const proxy of stack.proxies) proxy.rate = FAULT_RATE;
  say(`Sending ${tasks} tasks through faulty connections to ${WORKERS} workers that die …`);
  const first = await enqueue(stack, Math.min(FIRST_TASKS, tasks));
  const workers = keepWorkers(stack, seed);
  await until(async () => (await linesOf(stack.directory, 'finishes')).length >= MIDDLE_TASKS);
  say(`… one that stands still for ${FREEZE_MS / 1000} s in the middle of its tasks …`);
  await workers.freezeOne();
  say(`… an outage of SQS and DynamoDB for ${outage} s …`);
  for (const proxy of stack.proxies) proxy.isOut = true;
  await pause(outage * 1000);
  for (const proxy of stack.proxies) proxy.isOut = false;
  const [second] = await Promise.all([enqueue(stack, tasks - first.length), workers.freezeOne()]);
  const sent = [...first, ...second];
  say('… until enough of them have died …');
  await until(async () => (await linesOf(stack.directory, 'deaths')).length >= kills);
  await workers.end();

  say('… and one worker that lives finishes what is left.');
  const calmAt = Date.now();
  for (const proxy of stack.proxies) proxy.rate = 0;
  await stack.startWorker(seed, 0);
  const sentIds = new Set(sent);
  await until(async () => {
    const { completed = 0, ...others } = await stack.log.countByStatus();
    return completed >= sentIds.size && Object.keys(others).length === 0;
  });
  say(`Recovered  ${((Date.now() - calmAt) / 1000).toFixed(1)} s after the last fault`);
  return readOutcome(stack.directory, sent, stack.log);
}

function print(outcome: Outcome, stack: ChaosStack): void {
  const faults = new Map<string, number>();
  for (const { injected } of stack.proxies) {
    for (const [fault, count] of Object.entries(injected).filter(([, times]) => times > 0)) {
      faults.set(fault, (faults.get(fault) ?? 0) + count);
    }
  }
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  const died = [...outcome.deaths.values()].reduce((sum, count) => sum + count, 0);
  say(`Faults     ${list(faults)}`);
  say(`Kills      ${died}: ${list(outcome.deaths)}`);
  say(`Tasks      ${outcome.sent} sent, ${outcome.finished} finished`);
  say(`Lost       ${outcome.lost}`);
  say(`Finished twice         ${outcome.finishedTwice}`);
  say(
    `Effects applied twice  ${outcome.effectsAppliedTwice}, by workers that died or froze before the end was stored`,
  );
}

async function main(options: Options): Promise<number> {
  const stack = await ChaosStack.start(options.seed);
  try {
    const outcome = await run(stack, options);
    print(outcome, stack);
    return outcome.lost + outcome.finishedTwice > 0 ? 1 : 0;
  } finally {
    await stack.stop();
  }
}

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    outage: { type: 'string', default: '30' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  say(USAGE);
} else {
  const { tasks, kills, seed, outage } = values;
  process.exit(
    await main({
      tasks: Number(tasks),
      kills: Number(kills),
      seed: Number(seed),
      outage: Number(outage),
    }),
  );
}
