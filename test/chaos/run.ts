import { parseArgs } from 'node:util';
import type { ManagedProcess } from '../../functions/dev/servers/process-group.ts';
import { pause } from '../../shared/clock.ts';
import { startAwsChaosStack } from './aws-chaos-stack.ts';
import type { ChaosStack } from './chaos-stack.ts';
import { linesOf, type Outcome, readOutcome } from './outcome.ts';
import { startSqlChaosStack } from './sql-chaos-stack.ts';

const USAGE = `Sends tasks through faults and kills, and counts what is lost: on SQS and DynamoDB, then on PostgreSQL.

  npm run chaos                                   2,000 tasks, at least 20 kills, about two minutes on each
  npm run chaos -- --on sql                       on PostgreSQL alone; aws is the other
  npm run chaos -- --tasks 20000 --kills 200      a long run
  npm run chaos -- --seed 7 --outage 5            another sequence of faults, a shorter outage

Fails when a task is lost, its end is stored twice, or a worker crashes.`;

const WORKERS = 3;
/** The share of requests that fail, and of steps at which a worker dies. */
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

const STACKS = { aws: startAwsChaosStack, sql: startSqlChaosStack };

type Options = { tasks: number; kills: number; seed: number; outage: number };

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Enqueues until `tasks` are accepted. A request that fails is sent again, as a new one. */
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
  stack.setFaults(FAULT_RATE);
  say(
    `Sending ${tasks} tasks over faulty connections to ${stack.servers}, to ${WORKERS} workers that die …`,
  );
  const first = await enqueue(stack, Math.min(FIRST_TASKS, tasks));
  const workers = keepWorkers(stack, seed);
  await until(async () => (await linesOf(stack.directory, 'finishes')).length >= MIDDLE_TASKS);
  say(`… one that stalls for ${FREEZE_MS / 1000} s in the middle of its tasks …`);
  await workers.freezeOne();
  say(`… an outage of ${stack.servers} for ${outage} s …`);
  await stack.breakDown();
  await pause(outage * 1000);
  await stack.restore();
  const [second] = await Promise.all([enqueue(stack, tasks - first.length), workers.freezeOne()]);
  const sent = [...first, ...second];
  say('… until enough of them have died …');
  await until(async () => (await linesOf(stack.directory, 'deaths')).length >= kills);
  await workers.end();

  say('… and one worker that lives finishes what is left.');
  const calmAt = Date.now();
  stack.setFaults(0);
  await stack.startWorker(seed, 0);
  const sentIds = new Set(sent);
  await until(async () => {
    const { completed = 0, ...others } = await stack.log.countByStatus();
    return completed >= sentIds.size && Object.keys(others).length === 0;
  });
  say(`Recovered  ${((Date.now() - calmAt) / 1000).toFixed(1)} s after the last fault`);
  return readOutcome(stack.directory, sent, stack.log);
}

const totalOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

function print(outcome: Outcome, stack: ChaosStack): void {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  say(`Faults     ${list(stack.injected())}`);
  say(`Kills      ${totalOf(outcome.deaths)}: ${list(outcome.deaths)}`);
  say(`Crashes    ${totalOf(outcome.crashes)} ${list(outcome.crashes)}`.trimEnd());
  say(`Tasks      ${outcome.sent} sent, ${outcome.finished} finished`);
  say(`Lost       ${outcome.lost}`);
  say(`Finished twice         ${outcome.finishedTwice}`);
  say(
    `Effects applied twice  ${outcome.effectsAppliedTwice}, by workers that died or froze before the end was stored`,
  );
}

async function runOn(start: (seed: number) => Promise<ChaosStack>, options: Options) {
  const stack = await start(options.seed);
  try {
    const outcome = await run(stack, options);
    print(outcome, stack);
    return outcome.lost + outcome.finishedTwice + totalOf(outcome.crashes);
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
    on: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** @throws one sentence */
function chosenStacks(on: string | undefined) {
  if (on === undefined) return Object.values(STACKS);
  if (on === 'aws' || on === 'sql') return [STACKS[on]];
  throw new Error(`--on must be one of: ${Object.keys(STACKS).join(', ')}`);
}

if (values.help) {
  say(USAGE);
} else {
  const { tasks, kills, seed, outage, on } = values;
  const options = {
    tasks: Number(tasks),
    kills: Number(kills),
    seed: Number(seed),
    outage: Number(outage),
  };
  let failures = 0;
  for (const start of chosenStacks(on)) failures += await runOn(start, options);
  process.exit(failures > 0 ? 1 : 0);
}
