import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../deployment/table.ts';
import { PARTITIONS } from '../../ids.ts';
import { type IdRange, isEmptyRange } from '../../task-log/id-range.ts';
import { CATEGORY_BY_STATUS } from '../../task-log/status.ts';
import type { TaskFilter } from '../../task-log/task-filter.ts';
import { filterExpression } from './filter.ts';
import { failurePartition, taskPartition } from './items.ts';

export type Query = Omit<QueryCommandInput, 'TableName'>;

/** Where the tasks of a filter are. */
export type Source = {
  /** Each finds tasks in the order of their ids. */
  readonly queries: readonly Query[];
  /** Whole items, or the keys of items from an index. */
  readonly finds: 'items' | 'keys';
  /** True: what the queries find matches the filter. Else the items must be looked at. */
  readonly isExact: boolean;
};

const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** Takes the shortest way: by the parent, else the owner, else the failures, else through all tasks. */
export function sourceOf(filter: TaskFilter, range: IdRange): Source {
  const { owner, parentId } = filter;
  if (isEmptyRange(range) || acceptsNothing(filter)) return NOTHING;
  if (parentId !== undefined) return fromIndex(TABLE.parentIndex, [parentId], filter, range);
  if (owner !== undefined) return fromIndex(TABLE.ownerIndex, [owner], filter, range);
  if (isAboutFailures(filter)) {
    return fromIndex(TABLE.failureIndex, ALL_PARTITIONS.map(failurePartition), filter, range);
  }
  return fromTable(filter, range);
}

const NOTHING: Source = { queries: [], finds: 'items', isExact: true };

const acceptsNothing = ({ names, statuses, queues }: TaskFilter): boolean =>
  [names, statuses, queues].some((accepted) => accepted?.length === 0);

const isAboutFailures = ({ statuses }: TaskFilter): boolean =>
  statuses?.every((status) => CATEGORY_BY_STATUS[status] === 'failed') ?? false;

function fromTable(filter: TaskFilter, range: IdRange): Source {
  const { expression, names, values } = filterExpression(filter);
  const queries = ALL_PARTITIONS.map((partition) => {
    const query = keyQuery(TABLE.partitionKey, taskPartition(partition), range);
    return {
      ...query,
      ...(expression !== undefined && { FilterExpression: expression }),
      ExpressionAttributeNames: { ...query.ExpressionAttributeNames, ...names },
      ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ...values },
    };
  });
  return { queries, finds: 'items', isExact: true };
}

type Index = { readonly name: string; readonly partitionKey: string };

function fromIndex(
  { name, partitionKey }: Index,
  partitions: readonly string[],
  filter: TaskFilter,
  range: IdRange,
): Source {
  const queries = partitions.map((partition) => ({
    IndexName: name,
    ...keyQuery(partitionKey, partition, range),
  }));
  const { names, statuses, queues, labelPrefix, updatedAfter, updatedBefore, owner } = filter;
  const asked = [names, statuses, queues, labelPrefix, updatedAfter, updatedBefore];
  if (partitionKey !== TABLE.ownerIndex.partitionKey) asked.push(owner);
  return { queries, finds: 'keys', isExact: asked.every((value) => value === undefined) };
}

const keyQuery = (attribute: string, partition: string, { first, last }: IdRange) => ({
  KeyConditionExpression: '#partition = :partition AND sk BETWEEN :first AND :last',
  ExpressionAttributeNames: { '#partition': attribute },
  ExpressionAttributeValues: { ':partition': partition, ':first': first, ':last': last },
});
