import { handlers } from '#tasks/handlers';
import type { Logger } from '../../../shared/logger.ts';
import { type Load, machineLoad, nextSlots } from '../../../shared/pool/machine-load.ts';
import { inOwnProcess } from '../../../shared/pool/run-in-process.ts';
import type { Worker } from '../../../shared/worker/worker.ts';
import type { Release } from '../releasers.ts';
import type { WorkerOptions } from '../run-worker.ts';
import { programPath, startReaper } from './programs.ts';

export type PoolOptions = {
  /** How often the pool measures the machine. */
  readonly intervalSeconds: number;
  /** Above one of these no task begins. */
  readonly limits: Load;
};

/** Makes a worker a pool: each attempt runs in its own process, as many as the machine carries. */
export function workerPool(
  options: PoolOptions,
  logger: Logger,
): Pick<WorkerOptions, 'handlers' | 'attend'> {
  const program = programPath('task-process');
  const reaper = startReaper();
  return {
    handlers: handlers.map((handler) => inOwnProcess(handler, program, reaper)),
    attend: [
      () => () => reaper.end(),
      (worker, { worker: { concurrency: max } }) => admitTasks(worker, { ...options, max }, logger),
    ],
  };
}

function admitTasks(
  worker: Worker,
  { intervalSeconds, limits, max }: PoolOptions & { readonly max: number },
  logger: Logger,
): Release {
  const measure = machineLoad();
  let slots = 0;
  let isFull = false;
  // No task begins before the first measurement.
  worker.limitSlots(slots);
  const timer = setInterval(() => {
    const load = measure();
    slots = nextSlots({ slots, busy: worker.busySlots, max }, load, limits);
    if (isFull !== (slots === 0)) {
      isFull = slots === 0;
      logger.info(isFull ? 'machine over its limits: no task begins' : 'tasks begin again', load);
    }
    worker.limitSlots(slots);
  }, intervalSeconds * 1000);
  return () => clearInterval(timer);
}
