import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Worker } from '../../../shared/worker/worker.ts';
import type { WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import type { EcsService } from './ecs-service.ts';
import { Retirement } from './retirement.ts';
import { ScaleInProtection } from './scale-in-protection.ts';

const PROTECTION_INTERVAL_MS = 2000;
const SERVICE_INTERVAL_MS = 60_000;

/**
 * Keeps ECS from stopping a worker in the middle of a task, and still lets it scale in and deploy. A busy
 * worker is protected, and a surplus worker takes no new tasks. Outside ECS nothing happens.
 */
export function attendToEcs(env: NodeJS.ProcessEnv, logger: Logger) {
  const protection = new ScaleInProtection(env['ECS_AGENT_URI'], logger);
  let retirement: Retirement | undefined;
  const protect = (isBusy: boolean): void =>
    void protection.update(isBusy, retirement?.isReliable ?? false);

  // At once, not at the next interval: ECS might choose this worker in between.
  const observer: WorkerObserver = { polled() {}, picked: () => protect(true), ended() {} };

  const attend = (worker: Worker, config: TaskQueueConfig): (() => Promise<void>) => {
    const timers = [
      setInterval(() => protect(worker.busySlots > 0), PROTECTION_INTERVAL_MS),
      setInterval(() => void retirement?.look(), SERVICE_INTERVAL_MS),
    ];
    const metadataUri = env['ECS_CONTAINER_METADATA_URI_V4'];
    if (metadataUri) {
      const isSurplus = surplusIn(metadataUri);
      const slots = config.worker.concurrency;
      retirement = new Retirement({ worker, slots, isSurplus, logger });
    }
    return () => {
      for (const timer of timers) clearInterval(timer);
      return protection.giveUp();
    };
  };
  return { observer, attend };
}

/** Loads the ECS client when it is first needed: an idle worker never asks. */
function surplusIn(metadataUri: string): () => Promise<boolean> {
  let service: EcsService | undefined;
  return async () => {
    const { EcsService } = await import('./ecs-service.ts');
    service ??= new EcsService(metadataUri);
    return service.isSurplus();
  };
}
