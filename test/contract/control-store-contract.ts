import { expect, test } from 'vitest';
import type { ControlStore } from '../../shared/control/control-store.ts';

/** Tests what every control store promises. Called once per adapter. */
export function describeControlStoreContract(createStore: () => Promise<ControlStore>): void {
  test('before the first change nothing is overridden', async () => {
    const store = await createStore();

    expect(await store.read()).toEqual({ version: 0, overrides: {} });
  });

  test('a change is read back with its version, who made it and when', async () => {
    const store = await createStore();
    const overrides = { paused: true, queues: { priority: { weight: 5, receive: 3 } } };

    const written = await store.write(0, overrides, 'ann');

    expect(written).toMatchObject({ version: 1, overrides, changedBy: 'ann' });
    expect(await store.read()).toEqual(written);
  });

  test('a change replaces the one before as a whole', async () => {
    const store = await createStore();
    await store.write(0, { paused: true }, 'ann');

    await store.write(1, { lanes: false }, 'bob');

    expect(await store.read()).toMatchObject({ version: 2, overrides: { lanes: false } });
  });

  test('of two who change the same version one must read it again', async () => {
    const store = await createStore();
    await store.write(0, { paused: true }, 'ann');

    const results = await Promise.allSettled([
      store.write(1, { lanes: false }, 'bob'),
      store.write(1, { lanes: true }, 'eve'),
    ]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CONTROL_CONFLICT' },
    });
    await expect(store.write(0, {}, 'late')).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' });
  });
}
