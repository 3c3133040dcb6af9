import type { DynamodbTable } from '../table.ts';
import { type Attributes, type TaskItem, taskKey } from './items.ts';

export const readTask = async (
  table: DynamodbTable,
  taskId: string,
): Promise<TaskItem | undefined> => (await table.get(taskKey(taskId))) as TaskItem | undefined;

/** The task before the write; or as it was found, when the condition did not hold. */
export type TaskWrite =
  | { readonly before: TaskItem | undefined }
  | { readonly refused: TaskItem | undefined };

/** Writes the item of a task with one conditional request. */
export const updateTask = async (
  table: DynamodbTable,
  taskId: string,
  parts: UpdateParts,
): Promise<TaskWrite> =>
  (await table.update({ Key: taskKey(taskId), ...updateOf(parts) })) as TaskWrite;

export type UpdateParts = {
  readonly set?: Attributes;
  readonly setIfAbsent?: Attributes;
  /** To a number, or to a set. */
  readonly add?: Record<string, number | ReadonlySet<string>>;
  readonly remove?: readonly (keyof TaskItem)[];
  /** May use `#status`, and `values`. */
  readonly condition: string;
  readonly values: ConditionValues;
};

/** Values of a condition by placeholder. `:new_…` are those of the written attributes. */
type ConditionValues = {
  readonly [placeholder: `:${string}`]: unknown;
  readonly [placeholder: `:new_${string}`]: never;
};

const placeholderOf = (attribute: string): string => `:new_${attribute}`;

/** Builds the expressions of an UpdateItem request, so that callers name attributes and values only. */
export function updateOf({
  set = {},
  setIfAbsent = {},
  add = {},
  remove = [],
  ...parts
}: UpdateParts) {
  const kept = Object.entries(set).filter(([, value]) => value !== undefined);
  const gone = Object.entries(set).filter(([, value]) => value === undefined);
  const removed = [...remove, ...gone.map(([name]) => name)];
  const assignments = [
    ...kept.map(([name]) => `#${name} = ${placeholderOf(name)}`),
    ...Object.keys(setIfAbsent).map(
      (name) => `#${name} = if_not_exists(#${name}, ${placeholderOf(name)})`,
    ),
  ];
  const additions = Object.keys(add).map((name) => `#${name} ${placeholderOf(name)}`);
  const names = [...kept.map(([name]) => name), ...Object.keys(setIfAbsent), ...Object.keys(add)];
  const values = { ...Object.fromEntries(kept), ...setIfAbsent, ...add };
  return {
    UpdateExpression: [
      clause('SET', assignments),
      clause('ADD', additions),
      clause(
        'REMOVE',
        removed.map((name) => `#${name}`),
      ),
    ].join(' '),
    ConditionExpression: parts.condition,
    ExpressionAttributeNames: Object.fromEntries(
      [...names, ...removed, 'status'].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: {
      ...Object.fromEntries(
        Object.entries(values).map(([name, value]) => [placeholderOf(name), value]),
      ),
      ...parts.values,
    },
  };
}

const clause = (keyword: string, terms: readonly string[]): string =>
  terms.length > 0 ? `${keyword} ${terms.join(', ')}` : '';
