import { expect, test } from 'vitest';
import { RetryBudget } from '../../shared/postgres/sql.ts';

const MINUTES = 60_000;

function setup(pauses: boolean) {
  let now = 1000;
  const budget = new RetryBudget({ pauses, now: () => now });
  const waits = (): number => budget.giveUpAt() - now;
  const advance = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { budget, waits, advance };
}

test('a database that never pauses is given up after 8 s', () => {
  expect(setup(false).waits()).toBe(8000);
});

test('a database that may have paused gets the time to come back', () => {
  const { budget, waits, advance } = setup(true);

  expect(waits()).toBe(22_000);
  budget.answered();
  advance(1 * MINUTES);
  expect(waits()).toBe(8000);
  advance(4 * MINUTES);
  expect(waits()).toBe(22_000);
});

test('all who wait for it to come back wait for the same moment', () => {
  const { waits, advance } = setup(true);

  waits();
  advance(10_000);

  expect(waits()).toBe(12_000);
});

test('one that does not come back is given up as soon as any other from then on', () => {
  const { budget, waits, advance } = setup(true);
  waits();

  advance(22_000);
  expect(waits()).toBe(8000);
  advance(60 * MINUTES);
  expect(waits()).toBe(8000);

  budget.answered();
  advance(5 * MINUTES);
  expect(waits()).toBe(22_000);
});
