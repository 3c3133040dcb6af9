import { inspect } from 'node:util';

// Values that come from outside: what handlers throw, log and return, and what their processes send. Reading
// them runs code that nobody here wrote, such as getters, so each function of this folder never throws.

/** Longest text that is kept of one foreign value. */
export const MAX_TEXT = 20_000;

/** Tells whether a value is an instance of a class. A revoked proxy is an instance of none. */
export function isA<Instance>(
  value: unknown,
  type: abstract new (...args: never[]) => Instance,
): value is Instance {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Reads a property; `undefined` when that throws. */
export function propertyOf(value: unknown, key: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** Returns the message of whatever was thrown, in at most `MAX_TEXT` characters. */
export function messageOf(thrown: unknown): string {
  const message = ownMessageOf(thrown);
  if (message !== '') return message;
  const parts = partsOf(thrown).slice(0, 10);
  if (parts.length > 0) return shortened(parts.map((part) => ownMessageOf(part)).join('; '));
  return isA(thrown, Error) ? errorName(thrown) : textOf(thrown);
}

function ownMessageOf(thrown: unknown): string {
  const message = typeof thrown === 'string' ? thrown : propertyOf(thrown, 'message');
  return typeof message === 'string' ? shortened(message) : '';
}

/** Returns the name of an error, such as `TypeError`. */
export function errorName(error: unknown): string {
  const name = propertyOf(error, 'name');
  return typeof name === 'string' && name !== '' ? shortened(name, 200) : 'Error';
}

const MAX_PARTS = 100;

/** Returns the errors that an AggregateError combines, at most 100. */
export function partsOf(thrown: unknown): readonly unknown[] {
  const parts = isA(thrown, Error) ? propertyOf(thrown, 'errors') : undefined;
  try {
    return Array.isArray(parts) ? parts.slice(0, MAX_PARTS) : [];
  } catch {
    return [];
  }
}

/** Returns an error, then its cause, then the cause of that: each once, and at most ten. */
export function causesOf(thrown: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  let next = thrown;
  while (next !== undefined && chain.length < 10 && !chain.includes(next)) {
    chain.push(next);
    next = isA(next, Error) ? propertyOf(next, 'cause') : undefined;
  }
  return chain;
}

/** Returns the error itself, or a new one for a thrown value that is none. */
export const errorOf = (thrown: unknown): Error =>
  isA(thrown, Error) ? thrown : new Error(messageOf(thrown));

/** Getters and custom inspectors are not called. */
const INSPECTED = { breakLength: Number.POSITIVE_INFINITY, customInspect: false, depth: 3 };

/** Returns a value as text. An object without a text of its own is shown with its fields. */
export function textOf(value: unknown): string {
  try {
    const text = Array.isArray(value) ? PLAIN_OBJECT : String(value);
    return shortened(text === PLAIN_OBJECT ? inspect(value, INSPECTED) : text);
  } catch {
    return `[unreadable ${typeof value}]`;
  }
}

const PLAIN_OBJECT = String({});

/** Returns well-formed text, cut after `most` characters. */
export const shortened = (text: string, most = MAX_TEXT): string =>
  (text.length > most ? `${text.slice(0, most)}…` : text).toWellFormed();
