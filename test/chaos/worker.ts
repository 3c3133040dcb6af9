import { appendFileSync } from 'node:fs';
import { wire } from '../../functions/wiring.ts';
import type { Broker } from '../../shared/broker/broker.ts';
import { pause } from '../../shared/clock.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { appendEffect } from './append-effect.ts';
import { seededRandom } from './seeded-random.ts';

// A worker like functions/worker/main.ts that kills itself, by a seeded chance, at any step between
// receiving a task and deleting its message.

const random = seededRandom(Number(process.env['CHAOS_SEED']));
const deathRate = Number(process.env['CHAOS_DEATH_RATE']);
const directory = process.env['CHAOS_DIRECTORY'] ?? '.';

const note = (file: string, line: string): void =>
  appendFileSync(`${directory}/${file}`, `${line}\n`);

function mayDie(step: string): void {
  if (random() >= deathRate) return;
  note('deaths', step);
  process.kill(process.pid, 'SIGKILL');
}

/** The same object, with a chance to die before and after each of the named methods. */
function mortal<Target extends object>(target: Target, methods: readonly (keyof Target)[]): Target {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (!methods.includes(name as keyof Target)) return value.bind(target);
      return async (...args: unknown[]) => {
        if (name !== 'receive') mayDie(`before ${String(name)}`);
        const result: unknown = await value.apply(target, args);
        if (name !== 'receive' || (result as unknown[]).length > 0) mayDie(`after ${String(name)}`);
        return result;
      };
    },
  });
}

const appendEffectHandler = appendEffect.handledBy(async ({ parameters, context }) => {
  await pause(parameters.milliseconds);
  mayDie('inside the handler');
  note('effects', context.taskId);
});

const { config, brokers, log, logger } = wire(process.env);

const notingLog: TaskLog = Object.assign(Object.create(log) as TaskLog, {
  async finish(...[claim, ending]: Parameters<TaskLog['finish']>) {
    const stored = await log.finish(claim, ending);
    if (stored) note('finishes', `${claim.taskId} ${claim.token}`);
    return stored;
  },
  claim: log.claim.bind(log),
  heartbeat: log.heartbeat.bind(log),
  putBack: log.putBack.bind(log),
  recordUndecodable: log.recordUndecodable.bind(log),
});

const worker = new Worker({
  config,
  logger,
  log: mortal(notingLog, ['claim', 'finish', 'putBack']),
  brokers: new Map(
    [...brokers].map(([name, broker]) => [
      name,
      mortal<Broker>(broker, ['receive', 'ack', 'changeLease']),
    ]),
  ),
  handlers: new Map([['append-effect', appendEffectHandler]]),
  workerId: `chaos-${process.pid}`,
});
process.once('SIGTERM', () => worker.drain());
const running = worker.run();
process.stdout.write('worker ready\n');
await running;
process.exit(0);
