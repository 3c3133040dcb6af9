import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../shared/clock.ts';
import { AnswerHold } from '../../shared/worker/slots.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setup() {
  const overdue: string[] = [];
  const hold = new AnswerHold(systemClock, (queues) => void overdue.push(...queues));
  return { hold, overdue };
}

test('slots wait 50 ms for an answer, and no longer', async () => {
  const { hold, overdue } = setup();
  hold.forAll();
  hold.for('standard');

  await vi.advanceTimersByTimeAsync(45);
  const during = { isForAll: hold.isForAll, overdue: [...overdue] };
  await vi.advanceTimersByTimeAsync(10);

  expect(during).toEqual({ isForAll: true, overdue: [] });
  expect({ isForAll: hold.isForAll, overdue }).toEqual({ isForAll: false, overdue: ['standard'] });
});

test('each answer of a queue starts its 50 ms again', async () => {
  const { hold, overdue } = setup();
  hold.for('standard');
  await vi.advanceTimersByTimeAsync(30);

  hold.answered('standard');
  await vi.advanceTimersByTimeAsync(40);
  const after70Ms = [...overdue];
  await vi.advanceTimersByTimeAsync(20);

  expect(after70Ms).toEqual([]);
  expect(overdue).toEqual(['standard']);
});

test('a clock that is set back meanwhile makes slots wait no longer', async () => {
  const { hold, overdue } = setup();
  hold.forAll();
  hold.for('standard');

  vi.setSystemTime(Date.now() - 90_000);
  await vi.advanceTimersByTimeAsync(55);

  expect(hold.isForAll).toBe(false);
  expect(overdue).toEqual(['standard']);
});
