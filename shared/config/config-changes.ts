/** One setting that differs. `undefined`: it is not set. */
export type ConfigChange = {
  /** E.g. `queues.priority.weight`: queues go by their names. */
  readonly setting: string;
  readonly from: unknown;
  readonly to: unknown;
};

/** Where the name is in the path already. */
const QUEUE = /^queues\.[^.]+$/;

/** Every setting that differs between two configurations. */
export function configChanges(before: object, after: object): ConfigChange[] {
  const [old, now] = [settingsOf(before), settingsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((setting) => old.get(setting) !== now.get(setting))
    .map((setting) => ({ setting, from: old.get(setting), to: now.get(setting) }));
}

function settingsOf(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]]);
  return new Map(
    Object.entries(value)
      .filter(([key]) => !(key === 'name' && QUEUE.test(path)))
      .flatMap(([key, item]) => [...settingsOf(item, join(path, nameOf(item) ?? key))]),
  );
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : undefined;
