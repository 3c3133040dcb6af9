import { describe, expect, test } from 'vitest';
import { IdempotencyConflictError } from '../../shared/errors.ts';
import { isTaskId } from '../../shared/ids.ts';
import { MAX_PARAMETERS_BYTES } from '../../shared/limits.ts';
import { ANN } from '../support/a-dispatcher.ts';
import { aWorld, BEN, FAST, FOREVER, idsOf, KEY } from '../support/a-world.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('a request with a key', () => {
  test('enqueues its tasks under valid ids, once however often it comes', async () => {
    const { enqueue, main, work, runs } = aWorld();

    const first = await enqueue([ANN, BEN, FAST]);
    const second = await enqueue([ANN, BEN, FAST]);

    expect(idsOf(first).every(isTaskId)).toBe(true);
    expect(first.isReplay).toBe(false);
    expect(second).toEqual({ answers: first.answers, isReplay: true });
    expect(await main.depth()).toMatchObject({ waiting: 2 });
    await work();
    expect(runs.toSorted()).toEqual(idsOf(first).toSorted());
  });

  test('is answered the same after its tasks have run', async () => {
    const { enqueue, work, runs } = aWorld();
    const first = await enqueue([ANN]);
    await work();

    expect(await enqueue([ANN])).toEqual({ answers: first.answers, isReplay: true });

    await work();
    expect(runs).toEqual(idsOf(first));
  });

  test('makes tasks of its own beside another key, another owner, and no key', async () => {
    const { enqueue, log } = aWorld();

    const first = await enqueue([ANN]);
    const others = [
      await enqueue([ANN], FOREVER, { ...KEY, key: 'order-43' }),
      await enqueue([ANN], FOREVER, { ...KEY, owner: 'ben' }),
    ];

    expect(new Set([first, ...others].flatMap(idsOf)).size).toBe(3);
    expect((await log.list({ limit: 10 })).tasks).toHaveLength(3);
  });

  test('makes new tasks when its key has been forgotten', async () => {
    const clock = new ManualClock();
    const { enqueue } = aWorld(clock);
    const first = await enqueue([ANN]);

    clock.advance(86_401);
    const later = await enqueue([ANN]);

    expect(later.isReplay).toBe(false);
    expect(idsOf(later)).not.toEqual(idsOf(first));
  });

  test.each([
    ['another task', [BEN]],
    ['one task more', [ANN, BEN]],
    ['another label', [{ ...ANN, label: 'Good morning' }]],
    ['another delay', [{ ...ANN, delaySeconds: 1 }]],
    ['another owner', [{ ...ANN, owner: 'ben' }]],
  ])('is refused when its key came with %s before, and enqueues nothing', async (_case, other) => {
    const { enqueue, log } = aWorld();
    await enqueue(other);
    const before = await log.countByStatus();

    await expect(enqueue([ANN])).rejects.toBeInstanceOf(IdempotencyConflictError);

    expect(await log.countByStatus()).toEqual(before);
  });

  test('is the same request when its JSON is only written differently', async () => {
    const { enqueue } = aWorld();
    const first = await enqueue([{ ...ANN, label: 'Hello' }]);

    const again = await enqueue([{ label: 'Hello', parameters: { whom: 'Ann' }, name: 'greet' }]);

    expect(again).toEqual({ answers: first.answers, isReplay: true });
  });

  test.each([
    ['wrong', 7, 'PARAMETERS_INVALID'],
    ['too large', 'x'.repeat(MAX_PARAMETERS_BYTES), 'TASK_TOO_LARGE'],
  ])('leaves its key free when all that is in it is %s', async (_case, whom, code) => {
    const { enqueue } = aWorld();
    const refused = await enqueue([{ name: 'greet', parameters: { whom } }]);

    const corrected = await enqueue([ANN]);

    expect(refused.answers).toMatchObject([{ code }]);
    expect(idsOf(corrected)).toHaveLength(1);
  });

  test('of which a part is wrong repeats the answers to that part, too', async () => {
    const { enqueue } = aWorld();
    const wrong = new Error('no task at all');
    const requests = [wrong, ANN, { name: 'nope', parameters: {} }, BEN];

    const first = await enqueue(requests);
    const second = await enqueue(requests);

    expect(first.answers).toMatchObject([
      wrong,
      { queue: 'main' },
      { code: 'TASK_NAME_UNKNOWN' },
      { queue: 'main' },
    ]);
    expect(second).toMatchObject({ answers: first.answers, isReplay: true });
  });
});
