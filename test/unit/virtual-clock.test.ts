import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { MortalClock, START_MS, VirtualClock } from '../../shared/simulation/virtual-clock.ts';

test('events fire in the order of their times, and those of one time in the order of scheduling', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat(50), isCancelled: fc.boolean() }), { maxLength: 300 }),
      async (events) => {
        const clock = new VirtualClock();
        const fired: number[] = [];
        const timers = events.map(({ at }, index) => clock.after(at, () => void fired.push(index)));
        for (const [index, { isCancelled }] of events.entries()) {
          if (isCancelled) timers[index]?.cancel();
        }

        await clock.run(1);

        const expected = [...events.entries()]
          .filter(([, { isCancelled }]) => !isCancelled)
          .toSorted(([, one], [, other]) => one.at - other.at)
          .map(([index]) => index);
        expect(fired).toEqual(expected);
      },
    ),
  );
});

test('an event fires only after all promises of the earlier ones have run their callbacks', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const manySteps = async (name: string): Promise<void> => {
    for (let step = 0; step < 1000; step++) await null;
    await Promise.all([1, 2, 3].map((value) => Promise.resolve(value).finally(() => undefined)));
    log.push(`${name} done at ${clock.seconds}`);
  };
  clock.after(1000, () => void manySteps('first'));
  clock.after(1000, () => log.push('second'));
  clock.after(1000.001, () => log.push('third'));

  await clock.run(2);

  expect(log).toEqual(['first done at 1', 'second', 'third']);
});

test('a pause ends at its time, and at once when its signal aborts', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const ends: number[] = [];
  void pause(3_600_000, undefined, clock).then(() => ends.push(clock.seconds));
  void pause(3_600_000, stop.signal, clock).then(() => ends.push(clock.seconds));
  clock.at(60, () => stop.abort());

  await clock.run(7200);

  expect(ends).toEqual([60, 3600]);
  expect(clock.now()).toBe(START_MS + 7_200_000);
});

test('a repeated timer calls back until it is cancelled', async () => {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const timer = clock.every(250, () => {
    calls.push(clock.seconds);
    if (calls.length === 3) timer.cancel();
  });

  await clock.run(10);

  expect(calls).toEqual([0.25, 0.5, 0.75]);
});

test('stop ends the run before the next event, and a later run goes on there', async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  clock.at(1, () => {
    fired.push('first');
    clock.stop();
  });
  clock.at(2, () => fired.push('second'));

  await clock.run(10);
  const secondsAtStop = clock.seconds;
  await clock.run(10);

  expect(secondsAtStop).toBe(1);
  expect(fired).toEqual(['first', 'second']);
  expect(clock.seconds).toBe(10);
});

test('an error in a callback ends the run', async () => {
  const clock = new VirtualClock();
  clock.after(1, () => {
    throw new Error('a bug');
  });

  await expect(clock.run(1)).rejects.toThrow('a bug');
});

test('no timer of a killed worker calls back', async () => {
  const clock = new VirtualClock();
  const worker = new MortalClock(clock);
  const calls: string[] = [];
  worker.after(500, () => calls.push('before'));
  worker.after(1500, () => calls.push('after'));
  worker.every(1000, () => calls.push('repeated'));
  clock.at(1.2, () => worker.kill());

  await clock.run(5);

  expect(calls).toEqual(['before', 'repeated']);
});
