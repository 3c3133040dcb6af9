import type { WorkerServiceProps } from '../../infra/constructs/worker/worker-service.ts';
import { scalingPolicyFor } from '../../shared/deployment/scaling.ts';

/** The least that a worker service is made of. */
export const aWorker = (more: Partial<WorkerServiceProps> = {}): WorkerServiceProps => ({
  resources: { table: 'tasks', queues: {} },
  serviceName: 'task-queue',
  scaling: {
    policy: scalingPolicyFor({ slots: 10, minWorkers: 0, maxWorkers: 4 }),
    waiting: [],
  },
  ...more,
});
