// `serverless-task-queue/constructs`: for CDK apps.

export type { DatabaseNetwork } from '../infra/constructs/store/database-network.ts';
export { TaskQueue } from '../infra/constructs/task-queue.ts';
export type { TaskQueueConfigProps, TaskQueueProps } from '../infra/constructs/task-queue-props.ts';
export type { WorkerSchedule } from '../infra/constructs/worker/worker-scaling.ts';
export type {
  WorkerService,
  WorkerServiceNetwork,
} from '../infra/constructs/worker/worker-service.ts';
