/** A value that survives a round trip through JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** Length of the JSON text in UTF-8, which is what SQS and DynamoDB count. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** Makes one text for each value, whatever the order of its keys. */
export const canonicalJson = (value: JsonValue): string =>
  JSON.stringify(value, (_key, item) => (isObject(item) ? sortedByKey(item) : item));

const isObject = (item: unknown): item is object =>
  typeof item === 'object' && item !== null && !Array.isArray(item);

const sortedByKey = (item: object): object =>
  Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Tells whether arrays and objects are nested deeper than `maxLevels`. Does not recurse. */
export function isNestedDeeper(value: unknown, maxLevels: number): boolean {
  let level = containersIn([value]);
  for (let depth = 0; depth < maxLevels && level.length > 0; depth++) {
    level = level.flatMap(containersIn);
  }
  return level.length > 0;
}

const containersIn = (container: object): object[] =>
  Object.values(container).filter((item) => typeof item === 'object' && item !== null);
