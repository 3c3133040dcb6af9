import { appendFileSync } from 'node:fs';
import { wire } from '../../functions/wiring/wiring.ts';
import type { Broker } from '../../shared/broker/broker.ts';
import { pause } from '../../shared/clock.ts';
import type { Claim, TaskLog } from '../../shared/task-log/task-log.ts';
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

// Another takes its place, so nothing else would tell.
process.on('uncaughtExceptionMonitor', (error) =>
  note('crashes', `${error.name}: ${error.message}`),
);

function mayDie(step: string): void {
  if (random() >= deathRate) return;
  note('deaths', step);
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Returns the object with a chance to die before and after each named method. `onResult` is called
 * after the method has done its work and before its caller gets the result.
 */
function mortal<Target extends object>(
  target: Target,
  methods: readonly (keyof Target)[],
  onResult: (name: string, args: unknown[], result: unknown) => void = () => {},
): Target {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (!methods.includes(name as keyof Target)) return value.bind(target);
      return async (...args: unknown[]) => {
        if (name !== 'receive') mayDie(`before ${String(name)}`);
        const result: unknown = await value.apply(target, args);
        onResult(String(name), args, result);
        if (name !== 'receive' || (result as unknown[]).length > 0) mayDie(`after ${String(name)}`);
        return result;
      };
    },
  });
}

function noteFinish(name: string, args: unknown[], isStored: unknown): void {
  const [{ taskId, token }] = args as [Claim];
  if (name === 'finish' && isStored) note('finishes', `${taskId} ${token}`);
}

const appendEffectHandler = appendEffect.handledBy(async ({ parameters, context }) => {
  await pause(parameters.milliseconds);
  mayDie('inside the handler');
  note('effects', context.taskId);
});

const { config, brokers, log, logger } = wire(process.env);

const worker = new Worker({
  config,
  logger,
  log: mortal<TaskLog>(log, ['claim', 'finish', 'requeue'], noteFinish),
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
