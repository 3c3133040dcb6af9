import { handlers } from '#tasks/handlers';
import type { Logger } from '../../../shared/logger.ts';
import { type Load, nextSlots } from '../../../shared/pool/admission.ts';
import { machineLoad } from '../../../shared/pool/machine-load.ts';
import { inOwnProcess } from '../../../shared/pool/run-in-process.ts';
import type { Worker } from '../../../shared/worker/worker.ts';
import type { WorkerOptions } from '../run-worker.ts';
import { programPath } from './program-path.ts';
import { startJanitor } from './start-reaper.ts';

export type PoolOptions = {
  /** How often it looks at the machine. */
  readonly intervalSeconds: number;
  /** Above one of them no task begins. */
  readonly limits: Load;
};

/** What makes a worker a pool: each attempt in a process of its own, as many as the machine carries. */
export function workerPool(
  options: PoolOptions,
  logger: Logger,
): Pick<WorkerOptions, 'handlers' | 'attend'> {
  const program = programPath('task-process');
  const janitor = startJanitor();
  return {
    handlers: handlers.map((handler) => inOwnProcess(handler, program, janitor)),
    attend: (worker, { worker: { concurrency: max } }) => {
      const timer = admitTasks(worker, { ...options, max }, logger);
      return () => {
        clearInterval(timer);
        janitor.end();
      };
    },
  };
}

function admitTasks(
  worker: Worker,
  { intervalSeconds, limits, max }: PoolOptions & { readonly max: number },
  logger: Logger,
): NodeJS.Timeout {
  const measure = machineLoad();
  let slots = 0;
  let isHeld = false;
  // Nothing begins before the first look.
  worker.limitSlots(slots);
  return setInterval(() => {
    const load = measure();
    slots = nextSlots({ slots, busy: worker.busySlots, max }, load, limits);
    if (isHeld !== (slots === 0)) {
      isHeld = slots === 0;
      logger.info(isHeld ? 'machine over its limits: no task begins' : 'tasks begin again', load);
    }
    worker.limitSlots(slots);
  }, intervalSeconds * 1000);
}
