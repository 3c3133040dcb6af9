import type { StrategyName } from '../config/config.ts';
import type { FieldProblem } from '../errors.ts';

/** Notes about the settings: `problems` make them unusable, `remarks` do not. */
export type Notes = {
  readonly problems: FieldProblem[];
  readonly remarks: FieldProblem[];
};

export type Field = { readonly path: string; readonly value: unknown };

/**
 * Returns the fields of an object of PHP settings by name: `defaultQueue` for `default_queue`,
 * `defaultQueue` and `DEFAULT-QUEUE`. A serialized service has its fields in `options`: they count as
 * fields of the object. Each name that is not accepted becomes a remark.
 */
export function fieldsOf<Name extends string>(
  raw: unknown,
  path: string,
  aliases: Readonly<Record<Name, readonly string[]>>,
  notes: Notes,
): Partial<Record<Name, Field>> {
  if (!isObject(raw)) {
    notes.problems.push({ path, message: 'must be an object' });
    return {};
  }
  const { options, ...own } = raw;
  const serialized = isObject(options) ? options : {};
  const entries = [
    ...Object.entries(own).map(([key, value]) => ({ key, path: join(path, key), value })),
    ...Object.entries(serialized).map(([key, value]) => ({
      key,
      path: join(join(path, 'options'), key),
      value,
    })),
  ];
  const fields: Partial<Record<Name, Field>> = {};
  for (const { key, ...field } of entries) {
    const name = nameOf(key, aliases);
    if (name !== undefined) fields[name] = field;
    else if (field.value !== null)
      notes.remarks.push({ path: field.path, message: NO_COUNTERPART });
  }
  return fields;
}

const NO_COUNTERPART = 'has no counterpart here: not imported';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The entries of a map. An empty PHP array is always a list in JSON, even if a map was meant. */
export function entriesOf(field: Field | undefined, { problems }: Notes): [string, unknown][] {
  const value = field?.value ?? {};
  if (isObject(value)) return Object.entries(value);
  const isEmpty = Array.isArray(value) && value.length === 0;
  if (!isEmpty) problems.push({ path: field?.path ?? '', message: 'must be an object' });
  return [];
}

export const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const plain = (name: string): string => name.replace(/[_-]/g, '').toLowerCase();

function nameOf<Name extends string>(
  key: string,
  aliases: Readonly<Record<Name, readonly string[]>>,
): Name | undefined {
  const names = Object.keys(aliases) as Name[];
  return names.find((name) => [name, ...aliases[name]].map(plain).includes(plain(key)));
}

/** The strategies of TAO, by the names of their classes. */
const STRATEGIES: Readonly<Record<string, StrategyName>> = {
  WeightStrategy: 'weighted',
  StrictPriorityStrategy: 'strict-priority',
};

/** The last part of a PHP class name, however it is quoted: `\oat\…\WeightStrategy`. */
export const shortClassName = (name: string): string => name.replace(/^.*[\\/]/, '');

/** The strategy of a TAO class. Nothing if the name is not one of TAO's. */
export const taoStrategy = (className: string): StrategyName | undefined =>
  STRATEGIES[shortClassName(className)];
