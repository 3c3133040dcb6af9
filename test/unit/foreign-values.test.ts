import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../functions/wiring/wiring.ts';
import { errorFrom, factsOf, tamed } from '../../shared/foreign/error.ts';
import { guarded, withFields } from '../../shared/foreign/logging.ts';
import { plainCopy } from '../../shared/foreign/plain.ts';
import { causesOf, errorOf, MAX_TEXT, messageOf } from '../../shared/foreign/text.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { PermanentTaskError } from '../../shared/task/task-context.ts';
import { anApi } from '../support/an-api.ts';
import { anErrorWith, HOSTILE, hostileValues } from '../support/hostile-values.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const everyOne = Object.entries(HOSTILE);

/** Largest text that is made of one value. */
const MAX_JSON = 2_000_000;

describe('whatever is thrown or logged', () => {
  test('has a message of bounded length', () => {
    fc.assert(
      fc.property(hostileValues(), (make) => {
        const value = make();
        const message = messageOf(value);
        expect(typeof message).toBe('string');
        expect(message.length).toBeLessThanOrEqual(MAX_TEXT * 11);
        expect(message.isWellFormed()).toBe(true);
        expect(causesOf(value).length).toBeLessThanOrEqual(10);
        expect(errorOf(value)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test('can be copied as JSON of bounded size', () => {
    fc.assert(
      fc.property(hostileValues(), (make) => {
        const value = make();
        const copy = plainCopy(value);
        const text = JSON.stringify(copy) ?? '';
        expect(text.length).toBeLessThan(MAX_JSON);
        expect(structuredClone(copy)).toEqual(copy);
      }),
      { numRuns: 300 },
    );
  });

  test('becomes an error that can be read, printed, sent and stored', () => {
    fc.assert(
      fc.property(hostileValues(), (make) => {
        const value = make();
        const error = errorFrom(structuredClone(factsOf(value)));
        expect(`${error}${error.message}${error.stack}${error.cause}`).toBeTypeOf('string');
        expect(JSON.stringify(plainCopy(error)).length).toBeLessThan(MAX_JSON);
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(everyOne)('%s', (_what, make) => {
  test('is answered with a problem by the API when a route throws it', async () => {
    const thrown = make();
    const log = Object.assign(new MemoryTaskLog(), { get: () => Promise.reject(thrown) });

    const reply = await anApi({ log }).get(`/tasks/${newTaskId()}`);

    expect(reply).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
  });

  test('does not disturb a logger, at any level, with and without added fields', () => {
    const logger = createLogger();
    for (const level of ['info', 'warn', 'error'] as const) {
      logger[level]('look', { error: make(), nested: { value: make() } });
      logger[level](make() as string, make() as Record<string, unknown>);
      withFields(logger, { taskId: 'T1' })[level]('look', make() as Record<string, unknown>);
    }
  });
});

test('a logger that throws disturbs nobody', () => {
  const broken = (): never => {
    throw new Error('the disk is full');
  };
  const logger = guarded({ info: broken, warn: broken, error: broken });

  expect(() => logger.error('look', { error: new Error('no') })).not.toThrow();
});

test('the lines of a guarded logger keep errors, their fields, causes and parts', () => {
  const logger = quietLogger();
  const cause = new TypeError('odd');
  const error = Object.assign(
    new AggregateError([new RangeError('first'), 'second'], 'two', { cause }),
    {
      code: 'E1',
    },
  );

  guarded(logger).warn('look', { error, at: new Date(0), nothing: undefined });

  const fields = logger.lines[0]?.fields ?? {};
  expect(fields).toMatchObject({
    error: expect.any(AggregateError),
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(plainCopy(fields['error'])).toMatchObject({
    message: 'two',
    code: 'E1',
    stack: error.stack,
    cause: { name: 'TypeError', message: 'odd' },
    errors: [{ name: 'RangeError', message: 'first' }, { message: 'second' }],
  });
});

test('a tamed error keeps its class and cannot be broken by its own fields', () => {
  const fields = { toString: 'x', message: 'own', constructor: 1, problems: [{ path: 'a' }] };
  const error = tamed(Object.assign(new PermanentTaskError('never'), fields));

  expect(error).toBeInstanceOf(PermanentTaskError);
  expect(`${error}`).toBe('PermanentTaskError: own');
  expect(error).toMatchObject({ problems: [{ path: 'a' }] });
});

test.each([
  [new Error('plain'), 'plain'],
  [new TypeError(''), 'TypeError'],
  ['just text', 'just text'],
  [{ message: 'like an error' }, 'like an error'],
  [{ code: 3 }, '{ code: 3 }'],
  [[1, 2], '[ 1, 2 ]'],
  [undefined, 'undefined'],
  [Symbol('a'), 'Symbol(a)'],
  [new AggregateError([new Error('a'), 'b'], ''), 'a; b'],
  [anErrorWith({ message: { value: 7 } }), 'Error'],
])('the message of %o is %s', (thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});
