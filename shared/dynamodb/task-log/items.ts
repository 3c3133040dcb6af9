import { defined } from '../../defined.ts';
import { partitionOf } from '../../ids.ts';
import { jsonBytes } from '../../json.ts';
import type { Task } from '../../task/task.ts';
import type { StoredFile } from '../../task/task-context.ts';
import { CATEGORY_BY_STATUS, type TaskStatus } from '../../task-log/status.ts';
import type { Claim, TaskProgress, TaskSummary } from '../../task-log/task-log.ts';

/**
 * Parameters and report up to this size live in the task's own item, larger ones in items of their
 * own. With both inside and usual names it stays under 1 KB, so that every transition costs one
 * write unit. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
const INLINE_BYTES = 256;

/** Attributes of a claim. They vanish when its run ends, or when a command ends the task. */
export const OF_CLAIM = ['holder', 'leaseUntil'] as const satisfies (keyof TaskItem)[];

/**
 * The item of a task as stored. About 50 bytes are left of 1 KB at its largest, with an owner and a file;
 * test/contract/dynamodb-cost.test.ts fails beyond. `leaseUntil` is in milliseconds since 1970,
 * `expiresAt` in seconds.
 */
export type TaskItem = {
  pk: string;
  sk: string;
  name: string;
  label: string;
  owner?: string;
  parentId?: string;
  retryOf?: string;
  /** An attempt opened children, which have items of their own under the task's id. */
  hasChildren?: true;
  masterStatus?: true;
  /** Ids of the dead letters that were redriven. */
  redrives?: ReadonlySet<string>;
  queue: string;
  status: TaskStatus;
  /** Number of claims so far, which is the token of the latest one. */
  claims: number;
  /** Number of claims that used no attempt. */
  snoozes: number;
  /** Worker and claim, unique, so that a claim recognizes its own write when it is repeated. */
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
  progress?: TaskProgress;
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

/** Attributes to write. `undefined` removes one. */
export type Attributes = { readonly [Name in keyof TaskItem]?: TaskItem[Name] | undefined };

export const taskPartition = (partition: number): string => `T#${partition}`;
export const failurePartition = (partition: number): string => `F#${partition}`;

export const taskKey = (taskId: string): { pk: string; sk: string } => ({
  pk: taskPartition(partitionOf(taskId)),
  sk: taskId,
});

/**
 * The attribute that puts a failed task into the index of failures; `undefined` takes a task out.
 * Belongs to every write that ends a task or changes how it ended. A change costs one write unit.
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
export const taskAttributes = (task: Task) =>
  defined({
    name: task.name,
    label: task.label,
    createdAt: task.createdAt,
    owner: task.owner,
    parentId: task.parentId,
    retryOf: task.retryOf,
    masterStatus: task.masterStatus ? (true as const) : undefined,
    parameters: isInline(task.parameters) ? JSON.stringify(task.parameters) : undefined,
    parametersAt: task.parametersAt,
  });

export function summaryOfItem(item: TaskItem): TaskSummary {
  const { sk, claims, snoozes, masterStatus = false } = item;
  return defined({
    id: sk,
    name: item.name,
    label: item.label,
    owner: item.owner,
    parentId: item.parentId,
    retryOf: item.retryOf,
    masterStatus,
    queue: item.queue,
    status: item.status,
    attempt: claims - snoozes,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    dueAt: item.dueAt,
    startedAt: item.startedAt,
    finishedAt: item.finishedAt,
    cancelRequestedAt: item.cancelRequestedAt,
    progress: item.progress,
    file: item.file,
  });
}
