import type { TaskOptions } from './task-arguments.ts';

export type EnqueueOptions = TaskOptions & {
  readonly delay?: number;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly dryRun?: boolean;
  readonly bulk?: string;
  readonly errors?: string;
  readonly journal?: string;
  readonly restart?: boolean;
};
