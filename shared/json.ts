/** What survives a round trip through JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** Length of the JSON text in UTF-8, which is what SQS and DynamoDB count. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** Levels of arrays and objects in a value: 0 for text or a number. Does not recurse. */
export function nestingOf(value: unknown): number {
  let level: unknown[] = [value];
  for (let depth = 0; ; depth++) {
    const containers = level.filter((item) => typeof item === 'object' && item !== null);
    if (containers.length === 0) return depth;
    level = containers.flatMap((item) => Object.values(item as object));
  }
}
