import * as fc from 'fast-check';
import { PermanentTaskError } from '../../shared/task/task-context.ts';

const fail = (): never => {
  throw new Error('do not read me');
};

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** An error with properties that an error of the engine does not have. */
export const anErrorWith = (properties: PropertyDescriptorMap, message = 'the reason'): Error =>
  Object.defineProperties(new Error(message), properties);

const getter = { get: fail, enumerable: true, configurable: true };
const value = (of: unknown) => ({ value: of, enumerable: true, configurable: true });

function withItselfAsCause(): Error {
  const error = new Error('the reason');
  error.cause = error;
  return error;
}

function withWayBack(): Error {
  const error = Object.assign(new Error('the reason'), { context: { rows: [{}] } });
  Object.assign(error.context.rows[0] ?? {}, { error });
  return error;
}

function deepCauses(): Error {
  let error = new Error('level 0');
  for (let level = 1; level < 20_000; level++)
    error = new Error(`level ${level}`, { cause: error });
  error.message = 'the reason';
  return error;
}

function deepObject(): object {
  let deep = {};
  for (let level = 0; level < 50_000; level++) deep = { deep };
  return deep;
}

/** By what is wrong with them. Each is made again, because reading may change it. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  'an error that is its own cause': withItselfAsCause,
  'a permanent error with such a cause': () =>
    new PermanentTaskError('the reason', { cause: withItselfAsCause() }),
  'an error whose property leads back to it': withWayBack,
  'an error whose message throws': () => anErrorWith({ message: getter }),
  'an error whose stack is a number': () => anErrorWith({ stack: value(7) }),
  'an error whose stack throws': () => anErrorWith({ stack: getter }),
  'an error whose name is an object': () => anErrorWith({ name: value({}) }),
  'an error whose cause throws': () => anErrorWith({ cause: getter }),
  'an error whose toJSON throws': () => anErrorWith({ toJSON: value(fail) }),
  'an error whose toString throws': () => anErrorWith({ toString: value(fail) }),
  'an error with 20,000 causes': deepCauses,
  'a combined error that contains itself': () => {
    const error = new AggregateError([new TypeError('part')], 'the reason');
    error.errors.push(error);
    return error;
  },
  'a combined error whose parts are none': () => anErrorWith({ errors: value({ length: 1e9 }) }),
  'an object whose toString throws': () => ({ toString: fail }),
  'an object whose message throws': () => Object.defineProperty({}, 'message', getter),
  'an object whose toJSON throws': () => ({ toJSON: fail }),
  'an object whose keys cannot be listed': () => new Proxy({}, { ownKeys: fail }),
  'an object that refuses everything': () =>
    new Proxy(new Error('x'), { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail }),
  'a revoked proxy': revoked,
  'an error with a revoked cause': () => new Error('the reason', { cause: revoked() }),
  'an object without a prototype': () => Object.create(null),
  'an object of 50,000 levels': deepObject,
  'an array of 100,000 numbers': () => Array.from({ length: 100_000 }, (_, index) => index),
  'a text of 5,000,000 characters': () => 'x'.repeat(5_000_000),
  'half a character': () => '\uD800',
  'a symbol': () => Symbol('secret'),
  'a BigInt': () => 10n,
  'a function': () => fail,
  undefined: () => undefined,
  null: () => null,
};

const madeOf = (parts: Readonly<Record<string, () => unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).map(([key, make]) => [key, make()]));

/**
 * Makes any value of JavaScript, hostile ones among its parts. The values are made by functions, because
 * fast-check itself reads what it generates.
 */
export const hostileValues = (): fc.Arbitrary<() => unknown> => {
  const hostile = fc.constantFrom(...Object.values(HOSTILE));
  const anything = fc
    .anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    .map((value) => (): unknown => value);
  const part = fc.oneof(hostile, anything);
  const error = fc
    .record({ message: part, name: part, stack: part, cause: part, code: part, errors: part })
    .map((parts) => () => Object.assign(new Error(''), madeOf(parts)));
  const list = fc.array(part, { maxLength: 3 }).map((parts) => () => parts.map((make) => make()));
  const fields = fc.dictionary(fc.string(), part).map((parts) => () => madeOf(parts));
  return fc.oneof(part, error, list, fields);
};

/** Each has a reason that must reach the report, under a name that a process of a task can be given. */
export const HOSTILE_ERRORS: Readonly<Record<string, () => Error>> = {
  'is its own cause': withItselfAsCause,
  'leads back to itself': withWayBack,
  'has a number as its stack': () => anErrorWith({ stack: value(7) }),
  'has a cause that throws': () => anErrorWith({ cause: getter }),
  'has a toJSON that throws': () => anErrorWith({ toJSON: value(fail) }),
  'has a toString that throws': () => anErrorWith({ toString: value(fail) }),
  'has 20,000 causes': deepCauses,
};
