import { expect, test } from 'vitest';
import { LogUnavailableError, ParametersInvalidError } from '../../shared/errors.ts';
import { fromPortable, toPortable } from '../../shared/pool/task-process.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import { TaskTimedOut } from '../../shared/worker/stop-reasons.ts';

class TooLate extends PermanentTaskError {}

test.each([
  [new PermanentTaskError('never'), PermanentTaskError],
  [new TooLate('never'), PermanentTaskError],
  [new RetryLaterError(7), RetryLaterError],
  [new ParametersInvalidError('work', [{ path: 'a', message: 'b' }]), ParametersInvalidError],
  [new LogUnavailableError('get', new TypeError('odd')), LogUnavailableError],
  [new TaskTimedOut(3), TaskTimedOut],
  [new TypeError('odd'), Error],
])('%s is the same on the other side of a channel', (error, type) => {
  const arrived = fromPortable(structuredClone(toPortable(error)));

  expect(arrived).toBeInstanceOf(type);
  expect(arrived).toMatchObject({ name: error.name, message: error.message, stack: error.stack });
  // The name, compared above, is no field of an error that was sent.
  const { name: _name, ...fields } = error;
  expect({ ...arrived }).toMatchObject(fields);
  expect((arrived.cause as Error | undefined)?.message).toBe((error.cause as Error)?.message);
});

test('a thrown value that is no error becomes one', () => {
  expect(fromPortable(toPortable('a text'))).toMatchObject({ message: 'a text' });
  expect(fromPortable(toPortable(undefined))).toMatchObject({ message: 'undefined' });
});
