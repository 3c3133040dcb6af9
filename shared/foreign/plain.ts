import type { JsonValue } from '../json.ts';
import { isA, propertyOf, shortened, textOf } from './text.ts';

/** Bounds of a copy. A log event of CloudWatch has at most 1 MB. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_VALUES = 2000;
const MAX_CHARACTERS = 200_000;

/** An error has these besides its enumerable properties. */
const OF_ERRORS = ['name', 'message', 'stack', 'cause', 'errors'];

/**
 * Copies any value as JSON, whatever it is: circles, getters that throw, revoked proxies, symbols. Marks in
 * square brackets say what is missing. The copy shares nothing with the value.
 */
export const plainCopy = (value: unknown): JsonValue | undefined => new Copier().of(value, 0);

/** Returns plain copies of the enumerable properties, without those in `except`. */
export function plainFields(
  value: unknown,
  except: (key: string) => boolean = () => false,
): Record<string, JsonValue> {
  const copy = new Copier();
  const keys = keysOf(value).filter((key) => !except(key));
  return Object.fromEntries(copy.entriesOf(value, keys.slice(0, MAX_ITEMS), 0));
}

/** Returns the names of the enumerable properties. */
export function keysOf(value: unknown): readonly string[] {
  try {
    return typeof value === 'object' && value !== null ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

class Copier {
  readonly #above = new Set<object>();
  #values = 0;
  #characters = 0;

  of(value: unknown, depth: number): JsonValue | undefined {
    if (value === undefined || value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'object') return this.#ofObject(value, depth);
    if (typeof value === 'function') return '[function]';
    return this.#text(textOf(value));
  }

  /** Without properties that are `undefined`. */
  entriesOf(value: unknown, keys: readonly string[], depth: number): [string, JsonValue][] {
    return keys.flatMap((key): [string, JsonValue][] => {
      const copy = this.of(propertyOf(value, key), depth + 1);
      return copy === undefined ? [] : [[shortened(key, 200), copy]];
    });
  }

  #text(text: string): string {
    const left = Math.max(MAX_CHARACTERS - this.#characters, 0);
    this.#characters += text.length;
    return shortened(text, Math.min(left, 20_000));
  }

  #ofObject(value: object, depth: number): JsonValue | undefined {
    this.#values += 1;
    if (this.#above.has(value)) return '[circular]';
    if (depth > MAX_DEPTH || this.#values > MAX_VALUES) return '[too large]';
    this.#above.add(value);
    try {
      return this.#ofContainer(asJson(value), depth);
    } catch {
      return '[unreadable]';
    } finally {
      this.#above.delete(value);
    }
  }

  #ofContainer(value: unknown, depth: number): JsonValue | undefined {
    if (typeof value !== 'object' || value === null) return this.of(value, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    // The methods of the classes themselves: an iterator of a subclass need not end.
    if (isA(value, Map)) return this.#ofList([...Map.prototype.entries.call(value)], depth);
    if (isA(value, Set)) return this.#ofList([...Set.prototype.values.call(value)], depth);
    if (Array.isArray(value)) return this.#ofList(value, depth);
    const keys = [...new Set([...(isA(value, Error) ? OF_ERRORS : []), ...Object.keys(value)])];
    const entries = this.entriesOf(value, keys.slice(0, MAX_ITEMS), depth);
    if (keys.length > MAX_ITEMS) entries.push(['…', `${keys.length - MAX_ITEMS} more`]);
    return Object.fromEntries(entries);
  }

  #ofList(items: readonly unknown[], depth: number): JsonValue {
    const kept = items.slice(0, MAX_ITEMS).map((item) => this.of(item, depth + 1) ?? null);
    return items.length > MAX_ITEMS ? [...kept, `[${items.length - MAX_ITEMS} more]`] : kept;
  }
}

/** Returns what JSON.stringify would write, if the object decides that itself, as a date does. */
function asJson(value: object): unknown {
  const isOwn = ArrayBuffer.isView(value) || isA(value, Error);
  const toJson = isOwn ? undefined : propertyOf(value, 'toJSON');
  if (typeof toJson !== 'function') return value;
  try {
    return Reflect.apply(toJson, value, ['']);
  } catch {
    return value;
  }
}
