import { isoTime } from '../../clock.ts';
import type { TaskFilter } from '../../task-log/task-filter.ts';

/** Parts of a Query request. */
export type FilterExpression = {
  /** Absent: nothing is asked. */
  readonly expression?: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, string>;
};

/** An attribute, and what must hold: `#` stands for the attribute, each `?` for the next value. */
type Condition = readonly [attribute: string, template: string, values: readonly string[]];

/**
 * Returns the conditions on attributes that are in no key, for DynamoDB to check. It still reads and
 * bills the other items, but does not send them.
 */
export function filterExpression(filter: TaskFilter): FilterExpression {
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
    ...(terms.length > 0 && { expression: terms.join(' AND ') }),
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
