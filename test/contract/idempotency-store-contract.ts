import { expect, test } from 'vitest';
import type { IdempotencyStore } from '../../shared/idempotency/idempotency-store.ts';
import type { ManualClock } from '../support/manual-clock.ts';

export type IdempotencyHarness = { readonly store: IdempotencyStore; readonly clock: ManualClock };

const KEY = { owner: 'arn:aws:iam::123456789012:user/ann', key: 'order-42' };
const DAY_SECONDS = 86_400;

/** Tests what every store of idempotency keys promises. Called once per adapter. */
export function describeIdempotencyStoreContract(
  createHarness: () => Promise<IdempotencyHarness>,
): void {
  test('a key belongs to the request that comes first', async () => {
    const { store, clock } = await createHarness();
    const createdAt = clock.now();

    const first = await store.reserve(KEY, 'one');

    expect(first).toEqual({ fingerprint: 'one', createdAt, isNew: true });
  });

  test('later requests, the same or others, get the first one', async () => {
    const { store, clock } = await createHarness();
    const createdAt = clock.now();
    await store.reserve(KEY, 'one');
    clock.advance(3600);

    const again = await store.reserve(KEY, 'one');
    const other = await store.reserve(KEY, 'two');

    expect(again).toEqual({ fingerprint: 'one', createdAt, isNew: false });
    expect(other).toEqual({ fingerprint: 'one', createdAt, isNew: false });
  });

  test('of many concurrent requests one is first, and all get the same answer', async () => {
    const { store } = await createHarness();

    const reservations = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store.reserve(KEY, `request ${index}`)),
    );

    expect(reservations.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(reservations.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(new Set(reservations.map(({ createdAt }) => createdAt)).size).toBe(1);
  });

  test.each([
    ['of another owner', { owner: 'ben', key: 'order-42' }, { owner: 'ann', key: 'order-42' }],
    ['with another key', { owner: 'ann', key: 'order-42' }, { owner: 'ann', key: 'Order-42' }],
    ['whose halves only look the same', { owner: 'a#b', key: 'c' }, { owner: 'a', key: 'b#c' }],
  ])('a request %s does not meet it', async (_case, first, second) => {
    const { store } = await createHarness();
    await store.reserve(first, 'one');

    expect(await store.reserve(second, 'two')).toMatchObject({ fingerprint: 'two', isNew: true });
  });

  test('the longest key of the longest owner fits', async () => {
    const { store } = await createHarness();
    const longest = { owner: 'o'.repeat(1024), key: '~'.repeat(255) };
    await store.reserve(longest, 'one');

    expect(await store.reserve(longest, 'two')).toMatchObject({ fingerprint: 'one' });
  });

  test('a key is free again after a day, not before', async () => {
    const { store, clock } = await createHarness();
    await store.reserve(KEY, 'one');

    clock.advance(DAY_SECONDS - 2);
    const within = await store.reserve(KEY, 'two');
    clock.advance(4);
    const after = await store.reserve(KEY, 'two');
    const createdAt = clock.now();
    clock.advance(DAY_SECONDS - 2);

    expect(within).toMatchObject({ fingerprint: 'one', isNew: false });
    expect(after).toEqual({ fingerprint: 'two', createdAt, isNew: true });
    expect(await store.reserve(KEY, 'three')).toMatchObject({ fingerprint: 'two', isNew: false });
  });
}
