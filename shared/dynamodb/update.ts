type Values = Record<string, unknown>;

export type UpdateParts = {
  /** `undefined` removes the attribute. */
  readonly set?: Values;
  readonly setIfAbsent?: Values;
  /** To a number, or to a set. */
  readonly add?: Record<string, number | ReadonlySet<string>>;
  readonly remove?: readonly string[];
  /** May use `#status`, and `values`. */
  readonly condition: string;
  readonly values: Values;
};

/** Builds the expressions of an UpdateItem request, so that callers name attributes and values only. */
export function updateOf({
  set = {},
  setIfAbsent = {},
  add = {},
  remove = [],
  ...parts
}: UpdateParts) {
  const removed = [...remove, ...Object.keys(set).filter((name) => set[name] === undefined)];
  const kept = Object.entries(set).filter(([, value]) => value !== undefined);
  const assignments = [
    ...kept.map(([name]) => `#${name} = :${name}`),
    ...Object.keys(setIfAbsent).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
  ];
  const additions = Object.keys(add).map((name) => `#${name} :${name}`);
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
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
      ...parts.values,
    },
  };
}

const clause = (keyword: string, terms: readonly string[]): string =>
  terms.length > 0 ? `${keyword} ${terms.join(', ')}` : '';
