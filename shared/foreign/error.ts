import { defined } from '../defined.ts';
import * as taskQueueErrors from '../errors.ts';
import type { JsonValue } from '../json.ts';
import * as handlerErrors from '../task/task-context.ts';
import { plainFields } from './plain.ts';
import { errorName, isA, messageOf, partsOf, propertyOf, shortened } from './text.ts';

/** All that is known of an error, as data. */
export type ErrorFacts = {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Further fields of the error, such as `code`. */
  readonly details: Readonly<Record<string, JsonValue>>;
  readonly cause?: ErrorFacts | undefined;
  /** The parts of an AggregateError. */
  readonly errors?: readonly ErrorFacts[] | undefined;
  /** The nearest class of the list that the facts were taken with. */
  readonly type: string;
};

/** Classes of errors by name. They are compared by identity, because a bundle shortens names. */
export type ErrorClasses = Readonly<Record<string, unknown>>;

/** The classes that a worker distinguishes. */
export const ERROR_CLASSES: ErrorClasses = {
  ...taskQueueErrors,
  ...handlerErrors,
  AggregateError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  EvalError,
};

/** Causes and parts below this level are left out. */
const MAX_LEVELS = 6;
const MAX_ERRORS = 200;

/** Takes the facts of whatever was thrown. Never throws, and ends for every circle of causes. */
export function factsOf(thrown: unknown, classes: ErrorClasses = ERROR_CLASSES): ErrorFacts {
  const seen = new Set<unknown>();
  const take = (value: unknown, level: number): ErrorFacts => {
    seen.add(value);
    const parts = partsOf(value).flatMap((part) => takeOnce(part, level + 1) ?? []);
    return {
      type: nearestClass(value, classes) ?? 'Error',
      name: errorName(value),
      message: messageOf(value),
      stack: stackOf(value),
      details: typeof value === 'object' ? plainFields(value, isNoDetail) : {},
      cause: isA(value, Error) ? takeOnce(propertyOf(value, 'cause'), level + 1) : undefined,
      errors: parts.length > 0 ? parts : undefined,
    };
  };
  const takeOnce = (value: unknown, level: number): ErrorFacts | undefined => {
    const isLeftOut = seen.has(value) || level > MAX_LEVELS || seen.size >= MAX_ERRORS;
    return value === undefined || isLeftOut ? undefined : take(value, level);
  };
  return take(thrown, 0);
}

/** Makes an error of facts. Its class is that of the facts, if the list has it, and its fields are data. */
export function errorFrom(
  { type, name, message, stack, details, cause, errors }: ErrorFacts,
  classes: ErrorClasses = ERROR_CLASSES,
): Error {
  const error = new Error(message, cause && { cause: errorFrom(cause, classes) });
  const known = Object.hasOwn(classes, type) ? classes[type] : undefined;
  if (typeof known === 'function') Object.setPrototypeOf(error, known.prototype);
  const fields = Object.entries(details).filter(([key]) => !isNoDetail(key));
  for (const [key, value] of Object.entries({ name, stack })) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  const parts = errors?.map((part) => errorFrom(part, classes));
  return Object.assign(error, Object.fromEntries(fields), defined({ errors: parts }));
}

/** Returns an error that is safe to read, print and send, in the place of whatever was thrown. */
export const tamed = (thrown: unknown): Error => errorFrom(factsOf(thrown));

/** Returns the name of the nearest class that the list has. */
function nearestClass(thrown: unknown, classes: ErrorClasses): string | undefined {
  const known = Object.entries(classes);
  try {
    let prototype = prototypeOf(thrown);
    for (let level = 0; prototype !== null && level < 20; level++) {
      const found = known.find(([, type]) => hasPrototype(type, prototype));
      if (found) return found[0];
      prototype = prototypeOf(prototype);
    }
  } catch {
    // A proxy that refuses: its class is unknown.
  }
  return undefined;
}

const hasPrototype = (type: unknown, prototype: object | null): boolean =>
  typeof type === 'function' && type.prototype === prototype;

const prototypeOf = (value: unknown): object | null =>
  typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null;

function stackOf(thrown: unknown): string | undefined {
  const stack = propertyOf(thrown, 'stack');
  return typeof stack === 'string' ? shortened(stack) : undefined;
}

/** These are facts of their own, or would replace a method of the error. */
const isNoDetail = (key: string): boolean =>
  ['cause', 'errors', 'stack', 'toJSON'].includes(key) || key in Error.prototype;
