import { partitionOf } from '../../ids.ts';
import { jsonBytes } from '../../json.ts';
import type { StoredFile } from '../../task/stored-file.ts';
import type { Task } from '../../task/task.ts';
import { CATEGORY_BY_STATUS, type TaskStatus } from '../../task-log/status.ts';
import type { Claim, Progress, TaskSummary } from '../../task-log/task-log.ts';

/**
 * Parameters and report up to this size live in the task's own item, larger ones in items of their
 * own. With both inside and usual names it stays under 1 KB, so that every transition costs one
 * write unit. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
const INLINE_BYTES = 256;

/** The item of a task as it is stored. Times in `leaseUntil` are milliseconds, in `expiresAt` seconds. */
export type TaskItem = {
  pk: string;
  sk: string;
  name: string;
  label: string;
  owner?: string;
  parentId?: string;
  retryOf?: string;
  /** It opened children, which have items beside its own. */
  hasChildren?: true;
  masterStatus?: true;
  /** The dead letters that reopened it. */
  redrives?: ReadonlySet<string>;
  queue: string;
  status: TaskStatus;
  /** Claims ever made: the fencing token of the latest. */
  claims: number;
  /** Claims that used no attempt. */
  snoozes: number;
  /** Worker and claim, unique, so that a claim recognises its own write when it is repeated. */
  holder?: string;
  leaseUntil?: number;
  createdAt: string;
  updatedAt: string;
  dueAt?: string;
  startedAt?: string;
  finishedAt?: string;
  cancelRequestedAt?: string;
  /** Puts the item into the index of failures. */
  failedIn?: string;
  progress?: Progress;
  /** JSON text; absent when the parameters have an item of their own. */
  parameters?: string;
  /** Key in the file store, when the parameters are there. */
  parametersAt?: string;
  /** JSON text, when it is small. */
  report?: string;
  /** Sort key of the report's own item, when it is large. */
  reportAt?: string;
  file?: StoredFile;
  expiresAt: number;
};

export const taskPartition = (partition: number): string => `T#${partition}`;
export const failurePartition = (partition: number): string => `F#${partition}`;

export const taskKey = (taskId: string): { pk: string; sk: string } => ({
  pk: taskPartition(partitionOf(taskId)),
  sk: taskId,
});

/**
 * For every write that ends a task or changes how it ended: the mark by which the index of failures
 * finds it, or `undefined`, which takes it out. Either costs a write unit, of failed tasks only.
 */
export const failureMark = (
  taskId: string,
  status: TaskStatus,
): { failedIn: string | undefined } => ({
  failedIn:
    CATEGORY_BY_STATUS[status] === 'failed' ? failurePartition(partitionOf(taskId)) : undefined,
});

export const PARAMETERS = 'parameters';

/** One report per claim. */
export const reportSortKey = ({ token }: Claim): string => `report#${token}`;

export const isInline = (value: unknown): boolean => jsonBytes(value) <= INLINE_BYTES;

/** The attributes of a task that never change. */
export const taskAttributes = (task: Task) => ({
  name: task.name,
  label: task.label,
  createdAt: task.createdAt,
  ...(task.owner === undefined ? {} : { owner: task.owner }),
  ...(task.parentId === undefined ? {} : { parentId: task.parentId }),
  ...(task.retryOf === undefined ? {} : { retryOf: task.retryOf }),
  ...(task.masterStatus ? { masterStatus: true as const } : {}),
  ...(isInline(task.parameters) ? { parameters: JSON.stringify(task.parameters) } : {}),
  ...(task.parametersAt === undefined ? {} : { parametersAt: task.parametersAt }),
});

export function summaryOf(item: TaskItem): TaskSummary {
  const { owner, parentId, retryOf, dueAt, startedAt, finishedAt, cancelRequestedAt } = item;
  const { progress, file } = item;
  return {
    id: item.sk,
    name: item.name,
    label: item.label,
    ...(owner === undefined ? {} : { owner }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(retryOf === undefined ? {} : { retryOf }),
    masterStatus: item.masterStatus ?? false,
    queue: item.queue,
    status: item.status,
    attempt: item.claims - item.snoozes,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(cancelRequestedAt === undefined ? {} : { cancelRequestedAt }),
    ...(progress === undefined ? {} : { progress }),
    ...(file === undefined ? {} : { file }),
  };
}
