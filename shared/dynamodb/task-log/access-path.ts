import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { isoTime } from '../../clock.ts';
import { TABLE } from '../../deployment/table.ts';
import { PARTITIONS } from '../../ids.ts';
import { type IdRange, isEmptyRange } from '../../task-log/id-range.ts';
import { CATEGORY_BY_STATUS } from '../../task-log/status.ts';
import type { TaskFilter } from '../../task-log/task-filter.ts';
import { failurePartition, taskPartition } from './items.ts';

export type TableQuery = Omit<QueryCommandInput, 'TableName'>;

/** How to find the tasks of a filter. */
export type AccessPath = {
  /** Each finds tasks in the order of their ids. */
  readonly queries: readonly TableQuery[];
  /** Whole items from the table, or their keys from an index. */
  readonly finds: 'items' | 'keys';
  /** True: everything that the queries find matches. False: check each item against the filter. */
  readonly isExact: boolean;
};

const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** Takes the narrowest index: by parent, else owner, else failures; else reads all tasks. */
export function accessPathOf(filter: TaskFilter, range: IdRange): AccessPath {
  const { owner, parentId } = filter;
  if (isEmptyRange(range) || acceptsNothing(filter)) return NOTHING;
  if (parentId !== undefined) return fromIndex(TABLE.parentIndex, [parentId], filter, range);
  if (owner !== undefined) return fromIndex(TABLE.ownerIndex, [owner], filter, range);
  if (isAboutFailures(filter)) {
    return fromIndex(TABLE.failureIndex, ALL_PARTITIONS.map(failurePartition), filter, range);
  }
  return fromTable(filter, range);
}

const NOTHING: AccessPath = { queries: [], finds: 'items', isExact: true };

const acceptsNothing = ({ names, statuses, queues }: TaskFilter): boolean =>
  [names, statuses, queues].some((accepted) => accepted?.length === 0);

const isAboutFailures = ({ statuses }: TaskFilter): boolean =>
  statuses?.every((status) => CATEGORY_BY_STATUS[status] === 'failed') ?? false;

function fromTable(filter: TaskFilter, range: IdRange): AccessPath {
  const { expression, names, values } = filterExpression(filter);
  const queries = ALL_PARTITIONS.map((partition) => {
    const query = keyQuery(TABLE.partitionKey, taskPartition(partition), range);
    return {
      ...query,
      FilterExpression: expression,
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
): AccessPath {
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

/** The filter part of a Query request. */
type FilterExpression = {
  /** Absent: every item matches. */
  readonly expression?: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, string>;
};

/** A condition on an attribute: `#` stands for the attribute, each `?` for the next value. */
type Condition = readonly [attribute: string, template: string, values: readonly string[]];

/**
 * The conditions on attributes that are in no key, for DynamoDB to check. It still reads and bills
 * items that do not match, but does not send them.
 */
function filterExpression(filter: TaskFilter): FilterExpression {
  const conditions = conditionsOf(filter);
  const values: Record<string, string> = {};
  const bind = (value: string): string => {
    const placeholder = `:value${Object.keys(values).length}`;
    values[placeholder] = value;
    return placeholder;
  };
  const terms = conditions.map(([attribute, template, operands]) => {
    const left = [...operands];
    return template.replace('#', `#${attribute}`).replaceAll('?', () => bind(left.shift() ?? ''));
  });
  return {
    expression: terms.length > 0 ? terms.join(' AND ') : undefined,
    names: Object.fromEntries(conditions.map(([attribute]) => [`#${attribute}`, attribute])),
    values,
  };
}

function conditionsOf(filter: TaskFilter): Condition[] {
  const { names, statuses, queues, labelPrefix, updatedAfter, updatedBefore } = filter;
  return [
    ...isAmong('name', names),
    ...isAmong('status', statuses),
    ...isAmong('queue', queues),
    ...holds('label', 'begins_with(#, ?)', labelPrefix),
    ...holds('updatedAt', '# >= ?', timeOf(updatedAfter)),
    ...holds('updatedAt', '# < ?', timeOf(updatedBefore)),
  ];
}

const isAmong = (attribute: string, accepted: readonly string[] | undefined): Condition[] =>
  accepted ? [[attribute, `# IN (${accepted.map(() => '?').join(', ')})`, accepted]] : [];

const holds = (attribute: string, template: string, value: string | undefined): Condition[] =>
  value === undefined ? [] : [[attribute, template, [value]]];

const timeOf = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : isoTime(milliseconds);
